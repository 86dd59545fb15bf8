/* SPDX-License-Identifier: Apache-2.0
 * The namespaces in which a user who is not root is root: made by a process that then holds them, joined by others. */
#ifndef CLINUX_SESSION_H
#define CLINUX_SESSION_H

enum { LAB_STEP_LENGTH = 160 };

/* What a process that makes a session tells at each of its two stages: which step failed, or nothing. */
struct lab_session_news {
    int error; /* errno, or 0 */
    char step[LAB_STEP_LENGTH];
    char call[32];
};

/* fork(2) and unshare(CLONE_NEWUSER): gives the holder's number, and the stream on which it speaks, or -errno. The holder
 * keeps the locks and files in a folder; the program's own arguments are the room for its name. Only in a program with
 * one thread. */
int lab_session_begin(const char *folder, char **arguments, int count, int *stream);
/* Hears what the holder has come to: 0, or -errno if it is gone. */
int lab_session_hear(int stream, struct lab_session_news *news);
/* Tells the holder that it has users now: it goes on to its mounts and its network. */
int lab_session_go_on(int stream);
/* The same holder for namespaces that the program is in already, and whose holder was ended by someone. */
int lab_session_keep(const char *folder, char **arguments, int count);
/* setns(2) to the user, mount and network namespaces of a process; the working directory stays. */
int lab_session_join(int pidfd);
/* atexit(3), setenv(3). */
int lab_at_exit(void (*function)(void));

#endif
