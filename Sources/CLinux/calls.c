/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }

int lab_unshare(int flags) { return result(unshare(flags)); }
int lab_setns(int descriptor, int flags) { return result(setns(descriptor, flags)); }
int lab_pidfd_open(pid_t pid) { return result(syscall(SYS_pidfd_open, pid, 0)); }
int lab_pidfd_send_signal(int pidfd, int signal) {
    return result(syscall(SYS_pidfd_send_signal, pidfd, signal, 0, 0));
}

const char *lab_errno_name(int error) { return strerrorname_np(error); }
int lab_name_thread(const char *name) { return -pthread_setname_np(pthread_self(), name); }

int lab_is_mount_point(const char *path) {
    struct statx status;
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &status) < 0) return -errno;
    return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int lab_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return -posix_spawn_file_actions_addclosefrom_np(actions, first);
}

static int caught = -1;

static void tell(int signal) {
    int error = errno;
    unsigned char byte = (unsigned char)signal;
    if (write(caught, &byte, 1) < 0) { /* The pipe is full of signals already. */
    }
    errno = error;
}

int lab_catch_signals(const int32_t *signals, int count) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    caught = ends[1];
    struct sigaction action = {.sa_handler = tell, .sa_flags = SA_RESTART};
    for (int i = 0; i < count; i++)
        if (sigaction(signals[i], &action, 0) < 0) return -errno;
    return ends[0];
}
