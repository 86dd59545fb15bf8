/* SPDX-License-Identifier: Apache-2.0
 * The mount calls that glibc lacks on older systems, and the epoll calls whose packed struct Swift cannot have. */
#ifndef CLINUX_MOUNTS_H
#define CLINUX_MOUNTS_H
#include <stdint.h>

/* open_tree(2): a detached copy of the mount at a path, recursive or not. */
int lab_open_tree(const char *path, int recursive);
/* move_mount(2) of a detached mount to a path; symbolic links are followed. */
int lab_move_mount(int tree, const char *target);
/* mount_setattr(2): nosuid, and what else is asked for; recursive or not. */
int lab_restrict_mount(int tree, int read_only, int no_devices, int recursive);
/* mount(2), umount2(2), pivot_root(2). */
int lab_mount(const char *type, const char *target, uint64_t flags, const char *data);
int lab_make_private(void);
int lab_pivot_root(const char *root);

/* openat2(2), O_PATH: a path below a folder, whose links lead nowhere else (RESOLVE_IN_ROOT). */
int lab_open_beneath(int folder, const char *path);
/* mkdirat(2) for each folder of such a path that is not there, open to all; 0, or the first error. */
int lab_make_beneath(int folder, const char *path);

/* epoll_create1(2), epoll_ctl(2), epoll_wait(2), eventfd(2). Events are EPOLLIN (1), EPOLLOUT (4), EPOLLERR (8), EPOLLHUP (16). */
int lab_epoll_create(void);
int lab_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token);
int lab_epoll_change(int epoll, int descriptor, uint32_t events, uint64_t token);
int lab_epoll_remove(int epoll, int descriptor);
int lab_epoll_wait(int epoll, uint64_t *tokens, int capacity, int milliseconds);
int lab_eventfd(void);
int lab_eventfd_raise(int descriptor);
int lab_eventfd_clear(int descriptor);

#endif
