/* SPDX-License-Identifier: Apache-2.0
 * What the two measuring programs share: a clock, and an end with a reason. */
#ifndef LAB_FLOOR_COMMON_H
#define LAB_FLOOR_COMMON_H
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec * 1e-6;
}

/* Ends the program, saying what it was doing and what the kernel said. */
static inline _Noreturn void fail(const char *doing) {
    fprintf(stderr, "%s: %s\n", doing, strerror(errno));
    exit(1);
}

/* For calls that return a negative number on failure: passes the result on. */
static inline int must(int result, const char *doing) {
    if (result < 0) fail(doing);
    return result;
}
#endif
