/* SPDX-License-Identifier: Apache-2.0
 * What running iptables takes: files in memory for its input and output, and the size of a table. */
#ifndef CLINUX_IPTABLES_H
#define CLINUX_IPTABLES_H
#include <stdint.h>

/* memfd_create(2), close-on-exec: a file that nobody else can find. */
int lab_memory_file(const char *name);
/* getsockopt(IPT_SO_GET_INFO), or IP6T_SO_GET_INFO: how many rules a table of the socket's namespace has, and bytes. */
int lab_iptables_size(int socket, int ipv6, const char *table, uint32_t *rules, uint32_t *bytes);

#endif
