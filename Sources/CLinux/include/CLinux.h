/* SPDX-License-Identifier: Apache-2.0
 * The Linux system calls that Glibc's Swift module lacks, and the child half of starting a process.
 * Every function returns a result or -errno, and never touches errno's thread-local from Swift's side. */
#ifndef CLINUX_H
#define CLINUX_H
#include <spawn.h>
#include <stdint.h>
#include <sys/types.h>

/* unshare(2), setns(2): they act on the calling thread alone. */
int lab_unshare(int flags);
int lab_setns(int descriptor, int flags);
/* pidfd_open(2), pidfd_send_signal(2). */
int lab_pidfd_open(pid_t pid);
int lab_pidfd_send_signal(int pidfd, int signal);
/* strerrorname_np(3): "ENOENT", or null; pthread_setname_np(3) for the calling thread. */
const char *lab_errno_name(int error);
int lab_name_thread(const char *name);
/* Writes the number of each of the signals that comes, as one byte, to a pipe, whichever thread it comes to; gives the
 * pipe's reading end. sigaction(2). Only once in a program. */
int lab_catch_signals(const int32_t *signals, int count);
/* posix_spawn_file_actions_addclosefrom_np(3). */
int lab_spawn_close_from(posix_spawn_file_actions_t *actions, int first);
/* statx(2): 1 if something is mounted at the path, 0 if not (STATX_ATTR_MOUNT_ROOT, Linux 5.8). */
int lab_is_mount_point(const char *path);

/* A terminal: gives its own end (not blocking), and the end of the processes that use it. ptmx(4), TIOCGPTPEER. */
int lab_open_terminal(int *peer);
/* TIOCSWINSZ: the size of a terminal, in characters. */
int lab_resize_terminal(int terminal, int columns, int rows);
/* pipe2(2): neither end is inherited. */
int lab_pipe(int *reading, int *writing);
/* inotify_init1(2), inotify_add_watch(2), inotify_rm_watch(2); a read gives the watches that something happened to. */
int lab_notify_open(void);
int lab_notify_add(int notify, const char *path);
int lab_notify_remove(int notify, int watch);
int lab_notify_read(int notify, int32_t *watches, int capacity);
/* fallocate(2), FALLOC_FL_PUNCH_HOLE; lseek(2), SEEK_DATA. */
int lab_punch_hole(int file, off_t offset, off_t length);
off_t lab_first_data(int file);

#include "frames.h"
#include "iptables.h"
#include "memory.h"
#include "mounts.h"
#include "process.h"
#include "session.h"
#include "terminal.h"

#endif
