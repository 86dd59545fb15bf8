/* SPDX-License-Identifier: Apache-2.0 */
#include "include/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios former;
static volatile sig_atomic_t begun;

/* The other screen, without a cursor; and back. */
static const char enter[] = "\033[?1049h\033[?25l";
static const char leave[] = "\033[0m\033[?25h\033[?1049l";

void lab_terminal_end(void) {
    if (!begun) return;
    begun = 0;
    int error = errno;
    /* Nobody is left to be told of a failure. */
    if (write(1, leave, sizeof leave - 1) < 0) errno = error;
    tcsetattr(0, TCSAFLUSH, &former);
    errno = error;
}

/* As a program is left by a signal, whichever: the terminal first, then what the signal does. */
static void end_by(int number) {
    lab_terminal_end();
    signal(number, SIG_DFL);
    raise(number);
}

static void resized(int number) { (void)number; }

int lab_terminal_begin(void) {
    if (tcgetattr(0, &former) < 0) return -errno;
    struct termios raw = former;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    begun = 1;
    static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE};
    struct sigaction action = {.sa_handler = end_by, .sa_flags = SA_NODEFER};
    for (unsigned i = 0; i < sizeof deadly / sizeof *deadly; i++) sigaction(deadly[i], &action, 0);
    /* A window of another size ends a wait. */
    struct sigaction window = {.sa_handler = resized};
    sigaction(SIGWINCH, &window, 0);
    if (tcsetattr(0, TCSAFLUSH, &raw) < 0 || write(1, enter, sizeof enter - 1) < 0) {
        int error = errno;
        lab_terminal_end();
        return -error;
    }
    return 0;
}

int lab_terminal_size(int *columns, int *rows) {
    struct winsize size;
    if (ioctl(1, TIOCGWINSZ, &size) < 0) return -errno;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}
