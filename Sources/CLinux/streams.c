/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }

int lab_open_terminal(int *peer) {
    int unlocked = 0, terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (terminal < 0)
        return -errno;
    if (ioctl(terminal, TIOCSPTLCK, &unlocked) == 0) {
        *peer = ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (*peer >= 0)
            return terminal;
    }
    int error = errno;
    close(terminal);
    return -error;
}

int lab_resize_terminal(int terminal, int columns, int rows) {
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    return result(ioctl(terminal, TIOCSWINSZ, &size));
}

int lab_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int lab_notify_open(void) { return result(inotify_init1(IN_CLOEXEC)); }

int lab_notify_add(int notify, const char *path) { return result(inotify_add_watch(notify, path, IN_MODIFY)); }

int lab_notify_remove(int notify, int watch) { return result(inotify_rm_watch(notify, watch)); }

int lab_notify_read(int notify, int32_t *watches, int capacity) {
    char buffer[16 << 10] __attribute__((aligned(8)));
    long length = read(notify, buffer, sizeof buffer);
    if (length < 0)
        return -errno;
    int count = 0;
    for (char *next = buffer; next < buffer + length && count < capacity;) {
        struct inotify_event *event = (struct inotify_event *)next;
        /* Full queue: no watch is named, and each may have missed something. */
        watches[count++] = event->mask & IN_Q_OVERFLOW ? -1 : event->wd;
        next += sizeof *event + event->len;
    }
    return count;
}

int lab_punch_hole(int file, off_t offset, off_t length) {
    return result(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length));
}

off_t lab_first_data(int file) {
    off_t offset = lseek(file, 0, SEEK_DATA);
    return offset < 0 ? -errno : offset;
}
