// SPDX-License-Identifier: Apache-2.0
// The files of the web page, as bytes inside the program.
#ifndef CPAGE_H
#define CPAGE_H

#include <stddef.h>

// One file of the folder `page`: its name there, and what it holds.
struct lab_page_file {
    const char *name;
    const unsigned char *bytes;
    size_t length;
};

// How many files there are.
size_t lab_page_count(void);

// The file of a number, from 0 on.
struct lab_page_file lab_page_file(size_t number);

#endif
