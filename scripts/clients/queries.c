/* SPDX-License-Identifier: Apache-2.0
 * Asks a server of names over UDP: queries ADDRESS PORT RATE SECONDS NAMES
 *
 * RATE queries a second, each at its time whether or not the ones before are answered; with a RATE of 0 as many as are
 * answered, with 256 waiting for their answer all the time. NAMES has a name on each line and after it a type, as a number;
 * each query is for one of them by chance. It never sleeps: give it a processor of its own. Prints a line of JSON. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { sockets = 16, window = 256, batch = 32, numbers = 65536 };

struct question {
    int length;
    uint8_t bytes[280];
};

struct sent {
    uint64_t at;
    int waits;
};

static struct question *questions;
static long question_count;
static int clients[sockets];
static struct sent waiting[sockets][numbers];
static uint16_t next_number[sockets];
static long sent, answered, wrong, refused_by_kernel, outstanding;
static uint32_t *latencies;
static long latency_room;
static uint64_t chance = 88172645463325252u;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static uint64_t pick(void) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    return chance ^= chance << 17;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void read_questions(const char *path) {
    FILE *file = fopen(path, "r");
    char name[256];
    int type;
    if (!file) fail(path);
    while (fscanf(file, "%255s %d", name, &type) == 2) {
        if (question_count % 4096 == 0) questions = realloc(questions, (question_count + 4096) * sizeof *questions);
        struct question *question = &questions[question_count++];
        static const uint8_t head[12] = {0, 0, 1, 0, 0, 1};
        memcpy(question->bytes, head, sizeof head);
        int at = 12;
        for (char *label = strtok(name, "."); label; label = strtok(NULL, ".")) {
            size_t length = strlen(label);
            question->bytes[at++] = length;
            memcpy(question->bytes + at, label, length);
            at += length;
        }
        const uint8_t tail[5] = {0, type >> 8, type & 255, 0, 1};
        memcpy(question->bytes + at, tail, sizeof tail);
        question->length = at + sizeof tail;
    }
    fclose(file);
    if (!question_count) fail("no names");
}

/* Sends so many queries from one socket. */
static void ask(int client, int count) {
    struct mmsghdr messages[batch];
    struct iovec parts[batch];
    uint8_t bytes[batch][280];
    for (int i = 0; i < count; i++) {
        struct question *question = &questions[pick() % question_count];
        uint16_t number = next_number[client]++;
        memcpy(bytes[i], question->bytes, question->length);
        bytes[i][0] = number >> 8;
        bytes[i][1] = number & 255;
        parts[i] = (struct iovec){bytes[i], question->length};
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
        waiting[client][number] = (struct sent){now(), 1};
    }
    int done = sendmmsg(clients[client], messages, count, MSG_DONTWAIT);
    if (done < count) refused_by_kernel += count - (done < 0 ? 0 : done);
    sent += count;
    outstanding += count;
}

static int hear(int client) {
    static struct mmsghdr messages[batch];
    static struct iovec parts[batch];
    static uint8_t bytes[batch][1500];
    for (int i = 0; i < batch; i++) {
        parts[i] = (struct iovec){bytes[i], sizeof bytes[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    int count = recvmmsg(clients[client], messages, batch, MSG_DONTWAIT, NULL);
    uint64_t time = now();
    for (int i = 0; i < count; i++) {
        struct sent *query = &waiting[client][bytes[i][0] << 8 | bytes[i][1]];
        if (messages[i].msg_len < 12 || !query->waits) {
            wrong++;
            continue;
        }
        query->waits = 0;
        outstanding--;
        if (!(bytes[i][2] & 0x80) || bytes[i][3] & 15 || !(bytes[i][6] | bytes[i][7])) wrong++;
        if (answered < latency_room) latencies[answered] = time - query->at;
        answered++;
    }
    return count > 0 ? count : 0;
}

static int ascending(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static double quantile(long count, double share) {
    long place = share * count;
    return count ? latencies[place < count ? place : count - 1] / 1e6 : 0;
}

int main(int count, char **words) {
    if (count != 6) return fputs("usage: queries ADDRESS PORT RATE SECONDS NAMES\n", stderr), 64;
    double rate = atof(words[3]), seconds = atof(words[4]);
    read_questions(words[5]);
    chance ^= now();
    latency_room = rate > 0 ? rate * seconds + numbers : 4000000;
    latencies = calloc(latency_room, sizeof *latencies);
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(words[2]))};
    inet_pton(AF_INET, words[1], &server.sin_addr);
    for (int i = 0; i < sockets; i++) {
        int room = 4 << 20;
        clients[i] = socket(AF_INET, SOCK_DGRAM, 0);
        if (connect(clients[i], (struct sockaddr *)&server, sizeof server)) fail("connect");
        setsockopt(clients[i], SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    }
    uint64_t start = now(), end = start + seconds * 1e9, last = start, time;
    double due = 0;
    int turn = 0;
    while ((time = now()) < end) {
        if (rate > 0) {
            double wanted = (time - start) * rate / 1e9;
            while (due < wanted) {
                ask(turn = (turn + 1) % sockets, 1);
                due++;
            }
        } else {
            while (outstanding <= window - batch) ask(turn = (turn + 1) % sockets, batch);
        }
        int heard = 0;
        for (int i = 0; i < sockets; i++) heard += hear(i);
        if (heard) last = time;
        /* What is not answered for so long is lost: it no longer counts as waiting. */
        if (rate == 0 && time - last > 200000000) outstanding = 0, last = time;
    }
    double took = (now() - start) / 1e9;
    for (uint64_t until = now() + 1000000000ull; outstanding > 0 && answered < sent && now() < until;)
        for (int i = 0; i < sockets; i++) hear(i);
    long known = answered < latency_room ? answered : latency_room;
    qsort(latencies, known, sizeof *latencies, ascending);
    printf("{\"sent\": %ld, \"answered\": %ld, \"lost\": %ld, \"wrong\": %ld, \"unsent\": %ld, \"rate\": %.0f, "
           "\"p50\": %.4f, \"p90\": %.4f, \"p99\": %.4f, \"p999\": %.4f, \"max\": %.4f}\n",
        sent, answered, sent - answered, wrong, refused_by_kernel, answered / took, quantile(known, 0.5),
        quantile(known, 0.9), quantile(known, 0.99), quantile(known, 0.999), quantile(known, 1));
    return 0;
}
