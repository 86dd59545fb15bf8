/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "frames.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

int lab_hear_incoming(int socket) {
    int one = 1;
    if (setsockopt(socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
        setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) < 0)
        return -errno;
    return 0;
}

int lab_attach_filter(int socket, const uint64_t *instructions, int count) {
    struct sock_fprog program = {.len = (unsigned short)count, .filter = (struct sock_filter *)instructions};
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ? -errno : 0;
}

int lab_read_frame(int socket, uint8_t *bytes, int capacity, int *length, uint32_t *interface, uint64_t *time) {
    struct sockaddr_ll from = {0};
    union {
        char bytes[CMSG_SPACE(sizeof(struct timespec)) + 64];
        struct cmsghdr alignment;
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = (size_t)capacity};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof from,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t count = recvmsg(socket, &message, MSG_DONTWAIT | MSG_TRUNC);
    if (count < 0)
        return -errno;
    struct timespec when;
    clock_gettime(CLOCK_REALTIME, &when);
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part))
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS)
            memcpy(&when, CMSG_DATA(part), sizeof when);
    *length = (int)count;
    *interface = (uint32_t)from.sll_ifindex;
    *time = (uint64_t)when.tv_sec * 1000000000u + (uint64_t)when.tv_nsec;
    return count < capacity ? (int)count : capacity;
}

int lab_lost_frames(int socket) {
    struct tpacket_stats statistics = {0};
    socklen_t size = sizeof statistics;
    if (getsockopt(socket, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) < 0)
        return -errno;
    return (int)statistics.tp_drops;
}
