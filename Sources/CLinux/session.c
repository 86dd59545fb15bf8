/* SPDX-License-Identifier: Apache-2.0
 * The first command of a session forks before it has any other thread; what it forks makes the namespaces and waits in
 * them, in C alone, until nobody uses the session any more. Everyone who does holds a lock of the folder together with
 * the others; the holder waits for that lock alone. So a killed user counts as gone, and nobody needs to count. */
#define _GNU_SOURCE
#include "CLinux.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }

/* What a session has of its own below /run; everything else there is the machine's. */
static const char *const own_names[] = {"lab", "netns", "xtables.lock", 0};

static void tell(int stream, const char *step, const char *call) {
    struct lab_session_news news = {.error = step ? errno : 0};
    if (step) {
        snprintf(news.step, sizeof news.step, "%s", step);
        snprintf(news.call, sizeof news.call, "%s", call);
    }
    if (write(stream, &news, sizeof news) != sizeof news || step)
        _exit(1);
}

#define STEP(words, call, value) \
    do { \
        if ((value) < 0) \
            tell(stream, words, call); \
    } while (0)

static int is_own(const char *name) {
    for (int i = 0; own_names[i]; i++)
        if (!strcmp(name, own_names[i]))
            return 1;
    return 0;
}

/* Puts one thing of the machine's /run to the same place of the session's: what cannot be had is left out. */
static void bring_back(int machine, int session, const char *name) {
    struct stat status;
    if (fstatat(machine, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    if (S_ISLNK(status.st_mode)) {
        char target[4096];
        long length = readlinkat(machine, name, target, sizeof target - 1);
        if (length > 0) {
            target[length] = 0;
            if (symlinkat(target, session, name) < 0)
                return;
        }
        return;
    }
    int tree = (int)syscall(SYS_open_tree, machine, name,
                            OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
    if (tree < 0)
        return;
    if (S_ISDIR(status.st_mode))
        mkdirat(session, name, 0755);
    else
        close(openat(session, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    syscall(SYS_move_mount, tree, "", session, name, MOVE_MOUNT_F_EMPTY_PATH);
    close(tree);
}

/* A /run of the session's own, in which labs keep what they have of it: names of namespaces, sockets, files. */
static void make_run(int stream) {
    DIR *machine = opendir("/run");
    if (!machine)
        tell(stream, "opening /run", "opendir");
    STEP("mounting a tmpfs at /run", "mount", mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"));
    int session = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    STEP("opening /run", "open", session);
    for (struct dirent *entry; (entry = readdir(machine));)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && !is_own(entry->d_name))
            bring_back(dirfd(machine), session, entry->d_name);
    close(session);
    closedir(machine);
}

static int raise_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = socket_ < 0 ? -1 : ioctl(socket_, SIOCSIFFLAGS, &request);
    if (socket_ >= 0)
        close(socket_);
    return error;
}

static void make_world(int stream) {
    STEP("becoming root of the user namespace", "setresuid", setresgid(0, 0, 0) < 0 ? -1 : setresuid(0, 0, 0));
    STEP("making a mount and a network namespace", "unshare", unshare(CLONE_NEWNS | CLONE_NEWNET));
    STEP("keeping mounts from the machine", "mount", mount("", "/", 0, MS_REC | MS_SLAVE, 0));
    make_run(stream);
    /* What is there belongs to root's labs. */
    mount("tmpfs", "/etc/netns", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m");
    STEP("setting the loopback interface up", "ioctl", raise_loopback());
}

/* Nobody else has a lock, but a lab that was killed needs no lock to be there. */
static int has_labs(void) {
    DIR *folder = opendir("/run/lab");
    int found = 0;
    if (!folder)
        return 0;
    for (struct dirent *entry; !found && (entry = readdir(folder));)
        found = entry->d_name[0] != '.';
    closedir(folder);
    return found;
}

static void wait_for_the_end(int folder) {
    const struct timespec pause = {.tv_nsec = 50000000};
    int lock = openat(folder, "lock", O_RDWR | O_CLOEXEC);
    for (;;) {
        if (lock < 0)
            return;
        while (flock(lock, LOCK_EX) < 0)
            if (errno != EINTR)
                return;
        if (!has_labs())
            return;
        flock(lock, LOCK_UN);
        nanosleep(&pause, 0);
    }
}

/* So that ps shows what it is. */
static void rename_process(char **arguments, int count) {
    static const char name[] = "lab session";
    if (count > 0) {
        size_t room = (size_t)(arguments[count - 1] + strlen(arguments[count - 1]) - arguments[0]);
        memset(arguments[0], 0, room);
        memcpy(arguments[0], name, room < sizeof name ? room : sizeof name - 1);
    }
    prctl(PR_SET_NAME, "lab-session", 0, 0, 0);
}

/* Gives back everything that came with the program that forked it, and waits. */
static _Noreturn void hold(const char *path, char **arguments, int count) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int number = 0; number < 3; number++)
        dup2(nothing, number);
    int kept = fcntl(folder, F_DUPFD_CLOEXEC, 3);
    dup3(kept, 3, O_CLOEXEC);
    syscall(SYS_close_range, 4, ~0U, 0);
    if (chdir("/") < 0)
        _exit(1);
    rename_process(arguments, count);
    wait_for_the_end(3);
    unlinkat(3, "holder", 0);
    unlinkat(3, "making", 0);
    unlinkat(3, "lock", 0);
    /* Its name is the folder's own, so that another session's folder cannot be meant. */
    rmdir(path);
    _exit(0);
}

static void detach(void) {
    setsid();
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    signal(SIGHUP, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
}

int lab_session_begin(const char *folder, char **arguments, int count, int *stream_) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid) {
        int error = errno;
        close(ends[1]);
        if (pid < 0)
            close(ends[0]);
        *stream_ = ends[0];
        return pid < 0 ? -error : (int)pid;
    }
    close(ends[0]);
    int stream = ends[1];
    char go;
    detach();
    STEP("making a user namespace", "unshare", unshare(CLONE_NEWUSER));
    tell(stream, 0, 0);
    if (read(stream, &go, 1) != 1)
        _exit(1);
    make_world(stream);
    tell(stream, 0, 0);
    hold(folder, arguments, count);
}

int lab_session_hear(int stream, struct lab_session_news *news) {
    long count = read(stream, news, sizeof *news);
    if (count < 0)
        return -errno;
    return count == sizeof *news ? 0 : -ECHILD;
}

int lab_session_go_on(int stream) { return result(write(stream, "g", 1)); }

int lab_session_keep(const char *folder, char **arguments, int count) {
    pid_t pid = fork();
    if (pid)
        return result(pid);
    detach();
    hold(folder, arguments, count);
}

int lab_session_join(int pidfd) {
    char *directory = getcwd(0, 0);
    int error = result(setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET));
    if (error == 0 && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
        error = -errno;
    /* A folder that the session does not have: then it is the root. */
    if (error == 0 && directory && chdir(directory) < 0)
        error = 0;
    free(directory);
    return error;
}

int lab_at_exit(void (*function)(void)) { return atexit(function); }
