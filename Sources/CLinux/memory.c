/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"
#include <malloc.h>

void lab_trim_memory(void) { malloc_trim(0); }

void lab_share_memory(int pools) { mallopt(M_ARENA_MAX, pools); }
