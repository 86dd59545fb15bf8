/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINUX_TERMINAL_H
#define CLINUX_TERMINAL_H

/* The terminal at standard input and output, for a program that draws all of it.
 * Takes keys as they are pressed, and shows the other screen, until lab_terminal_end, or until a signal ends the
 * program. termios(3). */
int lab_terminal_begin(void);
/* As it was. Any number of times, also from a signal's handler. */
void lab_terminal_end(void);
/* How large it is. ioctl(TIOCGWINSZ). */
int lab_terminal_size(int *columns, int *rows);

#endif
