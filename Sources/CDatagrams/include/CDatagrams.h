/* SPDX-License-Identifier: Apache-2.0
 * Datagrams in batches: many are taken from a socket in one call, answered, and the answers sent in another.
 * Every function gives a result or -errno. */
#ifndef CDATAGRAMS_H
#define CDATAGRAMS_H
#include <stddef.h>
#include <stdint.h>

/* How many datagrams a batch has room for; how long one that is received, and one that answers it, may be. */
enum { lab_datagrams_capacity = 64, lab_datagrams_received_bytes = 4096, lab_datagrams_answer_bytes = 4096 };

/* The datagrams that were received last, and the answers to them. For one thread. */
struct lab_datagrams;
struct lab_datagrams *lab_datagrams_create(void);
void lab_datagrams_free(struct lab_datagrams *batch);

/* Who sent a datagram, and to which of the socket's addresses: all that an answer needs. */
struct lab_datagram_sender {
    uint32_t name_length, control_length;
    uint64_t name[4], control[6];
};

/* Has the socket tell to which address a datagram was sent, not wait, and keep many. IP_PKTINFO, IPV6_RECVPKTINFO,
 * SO_RCVBUFFORCE. */
int lab_datagrams_prepare(int socket);
/* recvmmsg(2): how many there were; -EAGAIN if none. Answers that were not sent are forgotten. */
int lab_datagrams_receive(struct lab_datagrams *batch, int socket);
/* One of the datagrams received; null if it was longer than there is room for. */
const void *lab_datagrams_received(const struct lab_datagrams *batch, int index, size_t *length);
/* Who sent it. */
void lab_datagrams_sender(const struct lab_datagrams *batch, int index, struct lab_datagram_sender *sender);
/* Puts an answer to it into the batch: a copy. 0 if it is longer than there is room for. */
int lab_datagrams_answer(struct lab_datagrams *batch, int index, const void *bytes, size_t length);
/* sendmmsg(2): sends the answers, each from the address that was asked, and drops what the socket has no room for. */
int lab_datagrams_send(struct lab_datagrams *batch, int socket);
/* sendmsg(2): one answer that took longer. */
int lab_datagram_send(int socket, const struct lab_datagram_sender *sender, const void *bytes, size_t length);

/* epoll_create1(2), eventfd(2), epoll_ctl(2), epoll_wait(2), close(2): which sockets have something to read. */
int lab_readiness_create(void);
int lab_readiness_event(void);
int lab_readiness_raise(int event);
int lab_readiness_add(int epoll, int descriptor, uint64_t token);
int lab_readiness_remove(int epoll, int descriptor);
int lab_readiness_wait(int epoll, uint64_t *tokens, int capacity);
void lab_readiness_close(int descriptor);

#endif
