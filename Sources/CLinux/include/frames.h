/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLINUX_FRAMES_H
#define CLINUX_FRAMES_H
#include <stdint.h>

/* Lets a packet socket hear what comes in and not what goes out, with the kernel's time of each frame.
 * setsockopt(2): PACKET_IGNORE_OUTGOING (Linux 4.20), SO_TIMESTAMPNS. */
int lab_hear_incoming(int socket);
/* Gives a packet socket a filter of classic BPF, of so many instructions of 8 bytes. setsockopt(2): SO_ATTACH_FILTER. */
int lab_attach_filter(int socket, const uint64_t *instructions, int count);
/* Reads one frame without waiting: how much of it, the whole length, the interface, and when it came in nanoseconds since
 * 1970. recvmsg(2), packet(7). */
int lab_read_frame(int socket, uint8_t *bytes, int capacity, int *length, uint32_t *interface, uint64_t *time);
/* How many frames were thrown away since the last question, for they came faster than they were read.
 * getsockopt(2): PACKET_STATISTICS. */
int lab_lost_frames(int socket);

#endif
