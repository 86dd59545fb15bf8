/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }

int lab_open_tree(const char *path, int recursive) {
    return result(syscall(SYS_open_tree, AT_FDCWD, path,
                          OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0)));
}

int lab_move_mount(int tree, const char *target) {
    return result(
        syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS));
}

int lab_restrict_mount(int tree, int read_only, int no_devices, int recursive) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID};
    if (read_only)
        attributes.attr_set |= MOUNT_ATTR_RDONLY;
    if (no_devices)
        attributes.attr_set |= MOUNT_ATTR_NODEV;
    int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return result(syscall(SYS_mount_setattr, tree, "", flags, &attributes, sizeof attributes));
}

int lab_mount(const char *type, const char *target, uint64_t flags, const char *data) {
    return result(mount(type, target, type, flags, data));
}

int lab_open_beneath(int folder, const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    return result(syscall(SYS_openat2, folder, path, &how, sizeof how));
}

/* Makes a folder that is open to all, as the volume it is in, whatever the umask is. */
static int make_open(int parent, const char *name) {
    if (mkdirat(parent, name, 0777) < 0)
        return errno == EEXIST ? 0 : -errno;
    int made = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (made < 0)
        return -errno;
    int error = result(fchmod(made, 0777));
    close(made);
    return error;
}

int lab_make_beneath(int folder, const char *path) {
    char part[4096];
    int parent = lab_open_beneath(folder, ".");
    size_t length = 0;
    for (const char *next = path; parent >= 0; next++) {
        if (length + 1 >= sizeof part)
            break;
        part[length++] = *next;
        if (*next && *next != '/')
            continue;
        part[length - 1] = 0;
        const char *name = strrchr(part, '/') ? strrchr(part, '/') + 1 : part;
        int error = *name ? make_open(parent, name) : 0;
        close(parent);
        if (error < 0)
            return error;
        parent = lab_open_beneath(folder, *part ? part : ".");
        if (!*next) {
            if (parent >= 0)
                close(parent);
            return parent < 0 ? parent : 0;
        }
        part[length - 1] = '/';
    }
    if (parent >= 0)
        close(parent);
    return parent < 0 ? parent : -ENAMETOOLONG;
}

int lab_make_private(void) { return result(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0)); }

/* The old root goes where the new one is (pivot_root(2), "pivot_root(".", ".")"), and is then detached. */
int lab_pivot_root(const char *root) {
    if (chdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return -errno;
    return 0;
}

int lab_epoll_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return result(epoll_ctl(epoll, operation, descriptor, &event));
}

int lab_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, events, token);
}

int lab_epoll_change(int epoll, int descriptor, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, events, token);
}

int lab_epoll_remove(int epoll, int descriptor) { return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

int lab_epoll_wait(int epoll, uint64_t *tokens, int capacity, int milliseconds) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, milliseconds);
    for (int i = 0; i < count; i++)
        tokens[i] = events[i].data.u64;
    return result(count);
}

int lab_eventfd(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int lab_eventfd_raise(int descriptor) { return result(eventfd_write(descriptor, 1)); }

int lab_eventfd_clear(int descriptor) {
    eventfd_t count;
    return result(eventfd_read(descriptor, &count));
}
