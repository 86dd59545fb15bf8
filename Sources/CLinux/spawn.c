/* SPDX-License-Identifier: Apache-2.0
 * The child shares its parent's memory until it executes a program (as after vfork): page tables of a large daemon
 * are never copied, and a failed step is told by writing it into the caller's own struct. In return the child calls no
 * library function at all, only the kernel: a lock that another thread holds can never stop it. */
#define _GNU_SOURCE
#include "CLinux.h"
#include "kernel.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALS = 64, SIGNAL_SET_BYTES = 8 };

/* What the kernel's own rt_sigaction takes, which is not libc's struct. */
struct kernel_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

struct start {
    struct lab_spawn *spawn;
    volatile int error;
};

static _Noreturn void leave(void) {
    for (;;)
        KERNEL(SYS_exit_group, 127, 0, 0, 0, 0);
}

static _Noreturn void fail(struct start *start, long error, const char *step, const char *call, int index) {
    start->spawn->failed_step = step;
    start->spawn->failed_call = call;
    start->spawn->failed_index = index;
    start->error = (int)-error;
    leave();
}

/* Makes a call and gives up if it fails. */
#define STEP(step, call, number, a, b, c, d, e) \
    do { \
        long error_ = KERNEL(number, a, b, c, d, e); \
        if (error_ < 0) \
            fail(start, error_, step, call, -1); \
    } while (0)

static void enter_namespaces(struct start *start) {
    struct lab_spawn *spawn = start->spawn;
    if (spawn->enter >= 0)
        STEP("entering the namespaces of the process", "setns", SYS_setns, spawn->enter, spawn->enter_flags, 0, 0, 0);
    if (spawn->network >= 0)
        STEP("entering the network namespace", "setns", SYS_setns, spawn->network, CLONE_NEWNET, 0, 0, 0);
    if (spawn->new_session)
        STEP("making a session", "setsid", SYS_setsid, 0, 0, 0, 0, 0);
    if (spawn->terminal >= 0)
        STEP("taking the terminal", "ioctl", SYS_ioctl, spawn->terminal, TIOCSCTTY, 0, 0, 0);
}

static void restrict_tree(struct start *start, int tree, int index) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};
    long error = KERNEL(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
    if (error < 0)
        fail(start, error, "mounting read-only", "mount_setattr", index);
}

/* The sources of the binds are opened while the parent's files are still in sight. */
static void open_sources(struct start *start, int *trees) {
    struct lab_spawn *spawn = start->spawn;
    for (int i = 0; i < spawn->mount_count; i++) {
        const struct lab_mount *mount = &spawn->mounts[i];
        trees[i] = -1;
        if (mount->kind != LAB_MOUNT_BIND)
            continue;
        long tree = KERNEL(SYS_open_tree, AT_FDCWD, mount->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0);
        if (tree < 0)
            fail(start, tree, "opening the source of a mount", "open_tree", i);
        if (mount->read_only)
            restrict_tree(start, (int)tree, i);
        trees[i] = (int)tree;
    }
}

/* Opens a path that a container's owner chose, or may have filled with links. Below /proc/self/fd the caller's own files
 * are still open here, and from a folder among them a way leads to all of the host: links of that kind are not followed. */
static long open_inside(const char *path, uint64_t flags) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC | flags, .resolve = RESOLVE_NO_MAGICLINKS};
    return KERNEL(SYS_openat2, AT_FDCWD, path, &how, sizeof how, 0);
}

static long attach_tree(const char *path, int tree) {
    long target = open_inside(path, 0);
    if (target < 0)
        return target;
    long error = KERNEL(SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    KERNEL(SYS_close, target, 0, 0, 0, 0);
    return error;
}

static long attach(const struct lab_mount *mount, int tree, const char **call) {
    const unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    const unsigned long read_only = mount->read_only ? MS_RDONLY : 0;
    *call = "mount";
    switch (mount->kind) {
    case LAB_MOUNT_BIND:
        *call = "move_mount";
        return attach_tree(mount->target, tree);
    case LAB_MOUNT_TEMPORARY:
        return KERNEL(SYS_mount, "tmpfs", mount->target, "tmpfs", MS_NOSUID | MS_NODEV | read_only, mount->source);
    case LAB_MOUNT_PROCESSES:
        return KERNEL(SYS_mount, "proc", mount->target, "proc", quiet, 0);
    default:
        return KERNEL(SYS_mount, "sysfs", mount->target, "sysfs", quiet | read_only, 0);
    }
}

/* Makes one name in a folder. */
static void make_name(const char *folder, const char *name, int is_file) {
    long parent = open_inside(*folder ? folder : "/", O_DIRECTORY);
    if (parent < 0)
        return;
    if (is_file)
        KERNEL(SYS_mknodat, parent, name, S_IFREG | 0644, 0, 0);
    else
        KERNEL(SYS_mkdirat, parent, name, 0755, 0, 0);
    KERNEL(SYS_close, parent, 0, 0, 0, 0);
}

/* Makes the folders of a path, and at its end a folder or a file; what is there already stays. */
static void make_target(const struct lab_mount *mount) {
    char path[4096];
    for (int i = 0, slash = 0; i < (int)sizeof path - 1; i++) {
        path[i] = mount->target[i];
        if (path[i] != '/' && path[i] != 0)
            continue;
        int is_last = path[i] == 0;
        if (i > 0) {
            path[i] = path[slash] = 0;
            make_name(path, path + slash + 1, is_last && mount->file);
            path[slash] = '/';
        }
        if (is_last)
            return;
        path[i] = '/';
        slash = i;
    }
}

static void make_mounts(struct start *start) {
    struct lab_spawn *spawn = start->spawn;
    int trees[LAB_MOUNTS_LIMIT];
    if (!spawn->own_mounts)
        return;
    open_sources(start, trees);
    if (spawn->root >= 0)
        STEP("entering the root's mount namespace", "setns", SYS_setns, spawn->root, CLONE_NEWNS, 0, 0, 0);
    STEP("making a mount namespace", "unshare", SYS_unshare, CLONE_NEWNS, 0, 0, 0, 0);
    if (spawn->root < 0)
        STEP("keeping mounts from the host", "mount", SYS_mount, 0, "/", 0, MS_REC | MS_SLAVE, 0);
    for (int i = 0; i < spawn->mount_count; i++) {
        const char *call;
        long error = attach(&spawn->mounts[i], trees[i], &call);
        /* Never in the caller's own files. */
        if (error == -ENOENT && spawn->root >= 0) {
            make_target(&spawn->mounts[i]);
            error = attach(&spawn->mounts[i], trees[i], &call);
        }
        if (error < 0)
            fail(start, error, "mounting", call, i);
    }
}

static long length(const char *text) {
    long count = 0;
    while (text[count])
        count++;
    return count;
}

static void make_home(struct start *start) {
    struct lab_spawn *spawn = start->spawn;
    if (spawn->hostname)
        STEP("setting the host name", "sethostname", SYS_sethostname, spawn->hostname, length(spawn->hostname), 0, 0, 0);
    if (spawn->directory) {
        long folder = open_inside(spawn->directory, O_DIRECTORY);
        if (folder < 0)
            fail(start, folder, "changing to the working directory", "chdir", -1);
        STEP("changing to the working directory", "chdir", SYS_fchdir, folder, 0, 0, 0, 0);
        KERNEL(SYS_close, folder, 0, 0, 0, 0);
    }
    KERNEL(SYS_umask, 022, 0, 0, 0, 0);
}

static int lift(struct start *start, int descriptor, int above) {
    if (descriptor < 0)
        return descriptor;
    long lifted = KERNEL(SYS_fcntl, descriptor, F_DUPFD_CLOEXEC, above, 0, 0);
    if (lifted < 0)
        fail(start, lifted, "passing a descriptor on", "fcntl", -1);
    return (int)lifted;
}

static void lower(struct start *start, int descriptor, int target) {
    if (descriptor >= 0)
        STEP("passing a descriptor on", "dup3", SYS_dup3, descriptor, target, 0, 0, 0);
}

/* Sources are first moved out of the way of all targets; then everything else is closed by execve. */
static void arrange_descriptors(struct start *start) {
    struct lab_spawn *spawn = start->spawn;
    int lifted[LAB_DESCRIPTORS_LIMIT], above = 3;
    for (int i = 0; i < spawn->descriptor_count; i++)
        if (spawn->targets[i] >= above)
            above = spawn->targets[i] + 1;
    for (int i = 0; i < spawn->descriptor_count; i++)
        lifted[i] = lift(start, spawn->sources[i], above);
    int output = lift(start, spawn->output, above), errors = lift(start, spawn->errors, above);
    int input = lift(start, spawn->input, above);
    if (spawn->null_input) {
        long opened = KERNEL(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC, 0, 0);
        if (opened < 0)
            fail(start, opened, "opening /dev/null", "openat", -1);
        input = lift(start, (int)opened, above);
    }
    spawn->program = lift(start, spawn->program, above);
    STEP("closing descriptors", "close_range", SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC, 0, 0);
    lower(start, input, 0);
    lower(start, output, 1);
    lower(start, errors, 2);
    for (int i = 0; i < spawn->descriptor_count; i++)
        lower(start, lifted[i], spawn->targets[i]);
}

static void set_limits(struct start *start) {
    if (!start->spawn->open_files)
        return;
    uint64_t wanted[2] = {start->spawn->open_files, start->spawn->open_files}, limits[2];
    if (KERNEL(SYS_prlimit64, 0, RLIMIT_NOFILE, wanted, 0, 0) < 0 &&
        KERNEL(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, limits, 0) == 0) {
        limits[0] = limits[1];
        KERNEL(SYS_prlimit64, 0, RLIMIT_NOFILE, limits, 0, 0);
    }
    uint64_t none[2] = {0, 0};
    KERNEL(SYS_prlimit64, 0, RLIMIT_CORE, none, 0, 0);
}

static void drop_privileges(struct start *start) {
    struct lab_spawn *spawn = start->spawn;
    if (spawn->unprivileged)
        for (int capability = 0; capability < 64; capability++)
            if (KERNEL(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0) == -EINVAL)
                break;
    if (spawn->user >= 0) {
        STEP("leaving all groups", "setgroups", SYS_setgroups, 0, 0, 0, 0, 0);
        int64_t group = spawn->group >= 0 ? spawn->group : spawn->user;
        STEP("changing the group", "setresgid", SYS_setresgid, group, group, group, 0, 0);
        STEP("changing the user", "setresuid", SYS_setresuid, spawn->user, spawn->user, spawn->user, 0, 0);
    }
    if (spawn->unprivileged) {
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
        STEP("dropping capabilities", "capset", SYS_capset, &header, none, 0, 0, 0);
        STEP("refusing new privileges", "prctl", SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }
}

static void reset_signals(void) {
    struct kernel_action standard = {0};
    for (int signal = 1; signal <= SIGNALS; signal++)
        KERNEL(SYS_rt_sigaction, signal, &standard, 0, SIGNAL_SET_BYTES, 0);
    uint64_t none = 0;
    KERNEL(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, SIGNAL_SET_BYTES, 0);
}

/* A program that may not be run in one folder of the search path may be found in a later one. */
static _Noreturn void execute(struct start *start) {
    struct lab_spawn *spawn = start->spawn;
    long error = -ENOENT, refused = 0;
    if (spawn->program >= 0) {
        error = KERNEL(SYS_execveat, spawn->program, "", spawn->arguments, spawn->environment, AT_EMPTY_PATH);
        fail(start, error, "", "execveat", -1);
    }
    for (char *const *path = spawn->paths; *path; path++) {
        error = KERNEL(SYS_execve, *path, spawn->arguments, spawn->environment, 0, 0);
        if (error == -EACCES)
            refused = error;
        else if (error != -ENOENT && error != -ENOTDIR)
            break;
    }
    if (refused && (error == -ENOENT || error == -ENOTDIR))
        error = refused;
    fail(start, error, "", "execve", -1);
}

static void child(void *argument) {
    struct start *start = argument;
    enter_namespaces(start);
    make_mounts(start);
    make_home(start);
    set_limits(start);
    arrange_descriptors(start);
    drop_privileges(start);
    reset_signals();
    execute(start);
}

/* When the child changes its user, the kernel marks the memory it shares with us as not dumpable, so that no process
 * of that user can attach to the child and through it reach this program. The mark must stay until the last child has
 * left our memory, and goes then, or a program in a user namespace could not open its own files below /proc. */
static pthread_mutex_t births = PTHREAD_MUTEX_INITIALIZER;
static int births_under_way;
static int dumpable;

static void begin_birth(void) {
    pthread_mutex_lock(&births);
    if (births_under_way++ == 0)
        dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    pthread_mutex_unlock(&births);
}

static void end_birth(void) {
    pthread_mutex_lock(&births);
    if (--births_under_way == 0 && dumpable == 1)
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    pthread_mutex_unlock(&births);
}

int lab_spawn(struct lab_spawn *spawn, int *pidfd) {
    if (spawn->mount_count > LAB_MOUNTS_LIMIT || spawn->descriptor_count > LAB_DESCRIPTORS_LIMIT)
        return -E2BIG;
    char stack[32 << 10] __attribute__((aligned(16)));
    struct start start = {.spawn = spawn, .error = 0};
    int descriptor = -1;
    struct clone_args arguments = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | spawn->new_namespaces,
        .pidfd = (uint64_t)(uintptr_t)&descriptor,
        .exit_signal = SIGCHLD,
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = sizeof stack,
    };
    if (spawn->cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)spawn->cgroup;
    }
    /* A handler of ours must never run in the child. */
    uint64_t all = ~0ULL, before = 0;
    begin_birth();
    KERNEL(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, SIGNAL_SET_BYTES, 0);
    long pid = kernel_clone(&arguments, child, &start);
    KERNEL(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, SIGNAL_SET_BYTES, 0);
    end_birth();
    if (pid < 0) {
        spawn->failed_step = "making a process";
        spawn->failed_call = "clone3";
        spawn->failed_index = -1;
        return (int)pid;
    }
    if (start.error) {
        int code, signal;
        lab_wait(descriptor, &code, &signal);
        close(descriptor);
        return -start.error;
    }
    *pidfd = descriptor;
    return (int)pid;
}

/* PIDFD_GET_INFO of Linux 6.15 and its structure, which older headers lack. */
struct pidfd_exit {
    uint64_t mask, cgroup;
    uint32_t numbers[11]; /* pid … fsgid */
    int32_t exit_code;
};

static int ended_elsewhere(int pidfd, int *code, int *signal) {
    struct pidfd_exit information = {.mask = 1 << 3 /* PIDFD_INFO_EXIT */};
    if (ioctl(pidfd, _IOWR(0xFF, 11, struct pidfd_exit), &information) < 0) return -errno;
    if (!(information.mask & 1 << 3)) return -EAGAIN;
    int status = information.exit_code;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *signal = WIFEXITED(status) ? -1 : WTERMSIG(status);
    return 0;
}

int lab_wait(int pidfd, int *code, int *signal) {
    siginfo_t information = {0};
    while (waitid(P_PIDFD, (id_t)pidfd, &information, WEXITED) < 0) {
        if (errno == ECHILD) return ended_elsewhere(pidfd, code, signal);
        if (errno != EINTR) return -errno;
    }
    *code = information.si_code == CLD_EXITED ? information.si_status : -1;
    *signal = information.si_code == CLD_EXITED ? -1 : information.si_status;
    return 0;
}
