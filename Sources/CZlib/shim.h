/* SPDX-License-Identifier: Apache-2.0 */
#include <zlib.h>

/* The beginnings of a stream are macros in C, which Swift does not see. */
static inline int lab_inflate_init(z_stream *stream) { return inflateInit(stream); }
static inline int lab_deflate_init(z_stream *stream) { return deflateInit(stream, 6); }

/* 16 more than the window's size in bits: the form is gzip's. */
static inline int lab_gzip_init(z_stream *stream) {
    return deflateInit2(stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
