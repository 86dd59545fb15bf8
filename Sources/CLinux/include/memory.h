/* SPDX-License-Identifier: Apache-2.0
 * What the C library keeps of memory that was freed. */
#ifndef CLINUX_MEMORY_H
#define CLINUX_MEMORY_H

/* malloc_trim(3): gives the machine back every page that nothing lies in. */
void lab_trim_memory(void);

/* mallopt(3), M_ARENA_MAX: all threads take their memory from so many pools. */
void lab_share_memory(int pools);

#endif
