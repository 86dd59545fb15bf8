/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

int lab_memory_file(const char *name) {
    int file = memfd_create(name, MFD_CLOEXEC);
    return file < 0 ? -errno : file;
}

/* struct ipt_getinfo and struct ip6t_getinfo, which are the same; their headers do not go with the C library's. */
struct table_info {
    char name[32];
    unsigned int valid_hooks;
    unsigned int hook_entry[5];
    unsigned int underflow[5];
    unsigned int num_entries;
    unsigned int size;
};

int lab_iptables_size(int socket, int ipv6, const char *table, uint32_t *rules, uint32_t *bytes) {
    struct table_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    strncpy(info.name, table, sizeof info.name - 1);
    /* IPT_BASE_CTL and IP6T_BASE_CTL: 64. */
    if (getsockopt(socket, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, 64, &info, &length) < 0) return -errno;
    *rules = info.num_entries;
    *bytes = info.size;
    return 0;
}
