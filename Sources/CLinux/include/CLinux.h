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

#include "mounts.h"
#include "process.h"

#endif
