/* SPDX-License-Identifier: Apache-2.0 */
#include "CDatagrams.h"
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int result(int code) { return code < 0 ? -errno : code; }

int lab_readiness_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }
int lab_readiness_event(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
int lab_readiness_raise(int event) { return result(eventfd_write(event, 1)); }

int lab_readiness_add(int epoll, int descriptor, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = token};
    return result(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event));
}

int lab_readiness_remove(int epoll, int descriptor) { return result(epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0)); }

int lab_readiness_wait(int epoll, uint64_t *tokens, int capacity) {
    struct epoll_event events[16];
    int count = epoll_wait(epoll, events, capacity < 16 ? capacity : 16, -1);
    for (int i = 0; i < count; i++) tokens[i] = events[i].data.u64;
    return result(count);
}

void lab_readiness_close(int descriptor) { close(descriptor); }
