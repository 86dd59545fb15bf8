/* SPDX-License-Identifier: Apache-2.0
 * Starting a process in namespaces of its own: the child half, which must not be Swift. */
#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H
#include <stdint.h>
#include <sys/types.h>

enum lab_mount_kind {
    LAB_MOUNT_BIND = 0,      /* source, as the parent sees it, over target */
    LAB_MOUNT_TEMPORARY = 1, /* an empty tmpfs; source is its mount options */
    LAB_MOUNT_PROCESSES = 2, /* the proc of the process's own PID namespace */
    LAB_MOUNT_SYSTEM = 3,    /* the sysfs of its network namespace */
};

struct lab_mount {
    int32_t kind;
    int32_t read_only;
    int32_t file; /* nonzero: the source of a bind is a file; a missing target is made so */
    const char *source;
    const char *target;
};

enum { LAB_MOUNTS_LIMIT = 64, LAB_DESCRIPTORS_LIMIT = 32 };

/* What the child does between clone3 and execve, in this order. Descriptors that are not given are -1. */
struct lab_spawn {
    uint64_t new_namespaces; /* CLONE_NEWPID, CLONE_NEWUTS, CLONE_NEWIPC; CLONE_NEWNS is made after the template is entered */
    int32_t cgroup;          /* a folder of cgroup2 that the child is born into */
    int32_t enter;           /* a pidfd whose namespaces (enter_flags) are entered */
    int32_t enter_flags;
    int32_t network;         /* a network namespace */
    int32_t root;            /* a mount namespace to make the child's own from */
    int32_t own_mounts;      /* nonzero: a mount namespace of its own */
    int32_t mount_count;
    const struct lab_mount *mounts;
    const char *hostname;
    const char *directory;
    int32_t new_session;
    int32_t terminal;       /* a terminal to control the new session, and to be all three streams */
    int32_t null_input;
    int32_t input;
    int32_t output;
    int32_t errors;
    int32_t descriptor_count;
    const int32_t *sources; /* these descriptors become … */
    const int32_t *targets; /* … these */
    uint64_t open_files;    /* RLIMIT_NOFILE; 0 leaves the limits alone */
    int32_t unprivileged;   /* nonzero: no capability, none to be had, no new privileges */
    int64_t user;           /* user and group number; -1 leaves them */
    int64_t group;          /* the group's number where it is another; else -1 */
    int32_t program;         /* the file to execute; if it is -1 … */
    char *const *paths;      /* else these are tried in turn, the last one null */
    char *const *arguments;
    char *const *environment;
    /* Filled in when a step fails: in words, its system call, and which mount. */
    const char *failed_step;
    const char *failed_call;
    int32_t failed_index;
};

/* Starts the process and gives its number and a pidfd, or -errno with the failed step; then no process is left. */
int lab_spawn(struct lab_spawn *spawn, int *pidfd);

/* waitid(P_PIDFD, WEXITED): 0 with the code or the signal (the other is -1), or -errno. Of a process that is another's child
 * the kernel tells how it ended once its parent has reaped it (PIDFD_INFO_EXIT, Linux 6.15); -EAGAIN before that. */
int lab_wait(int pidfd, int *code, int *signal);

#endif
