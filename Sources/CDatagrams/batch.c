/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CDatagrams.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { capacity = lab_datagrams_capacity };

/* Room for one control message: where a datagram was sent to. */
union control {
    char bytes[48];
    struct cmsghdr header;
};

_Static_assert(CMSG_SPACE(sizeof(struct in6_pktinfo)) <= sizeof(union control), "an address fits");
_Static_assert(CMSG_SPACE(sizeof(struct in_pktinfo)) <= sizeof(union control), "an address fits");
_Static_assert(sizeof(struct sockaddr_in6) <= sizeof(((struct lab_datagram_sender *)0)->name), "a name fits");
_Static_assert(sizeof(union control) == sizeof(((struct lab_datagram_sender *)0)->control), "a control message fits");

struct lab_datagrams {
    int received, answered;
    struct mmsghdr in[capacity], out[capacity];
    struct iovec in_parts[capacity], out_parts[capacity];
    struct sockaddr_in6 names[capacity];
    union control controls[capacity];
    uint8_t in_bytes[capacity][lab_datagrams_received_bytes], out_bytes[capacity][lab_datagrams_answer_bytes];
};

struct lab_datagrams *lab_datagrams_create(void) {
    struct lab_datagrams *batch = calloc(1, sizeof *batch);
    if (!batch) return NULL;
    batch->received = capacity;
    for (int i = 0; i < capacity; i++) {
        batch->in_parts[i] = (struct iovec){batch->in_bytes[i], sizeof batch->in_bytes[i]};
        struct msghdr *message = &batch->in[i].msg_hdr;
        message->msg_name = &batch->names[i];
        message->msg_iov = &batch->in_parts[i];
        message->msg_iovlen = 1;
        message->msg_control = &batch->controls[i];
    }
    return batch;
}

void lab_datagrams_free(struct lab_datagrams *batch) { free(batch); }

int lab_datagrams_prepare(int socket) {
    int on = 1, family = 0, bytes = 4 << 20;
    socklen_t length = sizeof family;
    if (getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &length)) return -errno;
    int code = family == AF_INET6 ? setsockopt(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on)
                                  : setsockopt(socket, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    if (code) return -errno;
    /* Without the right to it there is room for less. */
    if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes))
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return 0;
}

int lab_datagrams_receive(struct lab_datagrams *batch, int socket) {
    batch->answered = 0;
    for (int i = 0; i < batch->received; i++) {
        batch->in[i].msg_hdr.msg_namelen = sizeof batch->names[i];
        batch->in[i].msg_hdr.msg_controllen = sizeof batch->controls[i];
    }
    int count = recvmmsg(socket, batch->in, capacity, MSG_DONTWAIT, NULL);
    batch->received = count > 0 ? count : 0;
    return count < 0 ? -errno : count;
}

const void *lab_datagrams_received(const struct lab_datagrams *batch, int index, size_t *length) {
    *length = batch->in[index].msg_len;
    return batch->in[index].msg_hdr.msg_flags & MSG_TRUNC ? NULL : batch->in_bytes[index];
}

/* Makes of the control message that came with a datagram the one that goes with its answer: from that address, by
 * whatever way the routes say. A link-local address is on its own link only. */
static size_t turn(struct msghdr *message) {
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    if (!control) return 0;
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(control), sizeof info);
        info.ipi_ifindex = 0;
        memcpy(CMSG_DATA(control), &info, sizeof info);
        return CMSG_SPACE(sizeof info);
    }
    if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(control), sizeof info);
        if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = 0;
        memcpy(CMSG_DATA(control), &info, sizeof info);
        return CMSG_SPACE(sizeof info);
    }
    return 0;
}

void lab_datagrams_sender(const struct lab_datagrams *batch, int index, struct lab_datagram_sender *sender) {
    struct msghdr message = batch->in[index].msg_hdr;
    memset(sender, 0, sizeof *sender);
    sender->name_length = message.msg_namelen;
    memcpy(sender->name, &batch->names[index], sizeof batch->names[index]);
    memcpy(sender->control, &batch->controls[index], sizeof sender->control);
    message.msg_control = sender->control;
    sender->control_length = turn(&message);
}

int lab_datagrams_answer(struct lab_datagrams *batch, int index, const void *bytes, size_t length) {
    if (length > lab_datagrams_answer_bytes || batch->answered >= capacity) return 0;
    int number = batch->answered++;
    memcpy(batch->out_bytes[number], bytes, length);
    batch->out_parts[number] = (struct iovec){batch->out_bytes[number], length};
    struct msghdr *message = &batch->out[number].msg_hdr, *from = &batch->in[index].msg_hdr;
    size_t control = turn(from);
    *message = (struct msghdr){
        .msg_name = from->msg_name, .msg_namelen = from->msg_namelen, .msg_iov = &batch->out_parts[number],
        .msg_iovlen = 1, .msg_control = control ? from->msg_control : NULL, .msg_controllen = control};
    return 1;
}

int lab_datagrams_send(struct lab_datagrams *batch, int socket) {
    int first = 0, sent = 0;
    while (first < batch->answered) {
        int count = sendmmsg(socket, batch->out + first, batch->answered - first, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && (errno == EAGAIN || errno == ENOBUFS)) break;
        /* An answer that cannot be sent does not keep the others. */
        first += count > 0 ? count : 1;
        sent += count > 0 ? count : 0;
    }
    batch->answered = 0;
    return sent;
}

int lab_datagram_send(int socket, const struct lab_datagram_sender *sender, const void *bytes, size_t length) {
    struct iovec part = {(void *)bytes, length};
    struct msghdr message = {
        .msg_name = (void *)sender->name, .msg_namelen = sender->name_length, .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = sender->control_length ? (void *)sender->control : NULL,
        .msg_controllen = sender->control_length};
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}
