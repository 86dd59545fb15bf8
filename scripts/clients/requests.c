/* SPDX-License-Identifier: Apache-2.0
 * Asks Services so many times a second, each time over a connection, or from a port, of its own; nothing is tried twice.
 *
 *   gcc -O2 -pthread -o requests requests.c
 *   requests SECONDS RATE {NAME NETNS tcp|udp ADDRESS PORT}...
 *
 * The rate is of all together. TCP: GET / and an answer 200 with its whole body; UDP: a datagram and the same back. Prints
 * a line of JSON for each: how many were asked, the slowest and the median in milliseconds, and every failure's time
 * (seconds since the epoch) and reason, the first twenty of them.
 *
 * (root; NETNS is a file as /run/netns/lab-x-host) */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* How many ask one address at the same time, so that a slow answer does not keep the others waiting. */
enum { TARGETS = 64, WORKERS = 2, FAILURES = 20, BUCKETS = 4096 };

struct target {
    const char *name, *namespace;
    struct sockaddr_storage address;
    socklen_t length;
    int type;
    double period;
    pthread_mutex_t lock;
    unsigned next_port;
    long asked, failed;
    double slowest;
    /* How many took so many times 50 microseconds. */
    long took[BUCKETS];
    struct {
        double time;
        const char *doing;
        int error;
    } failures[FAILURES];
};

static double end;

static double seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static _Noreturn void fail(const char *doing) {
    fprintf(stderr, "%s: %s\n", doing, strerror(errno));
    exit(2);
}

/* Reads an answer with its body; 0 if it is whole and says 200. */
static const char *read_answer(int connection) {
    char text[65536];
    size_t length = 0;
    for (;;) {
        const ssize_t got = recv(connection, text + length, sizeof text - 1 - length, 0);
        if (got <= 0) {
            if (!got) errno = EPIPE;
            return "reading the answer";
        }
        text[length += got] = 0;
        const char *body = strstr(text, "\r\n\r\n");
        if (!body) continue;
        const char *size = strcasestr(text, "content-length:");
        if (!size || size > body) return errno = EPROTO, "an answer without length";
        if (length < (size_t)(body + 4 - text) + atoi(size + 15)) continue;
        if (strncmp(text, "HTTP/1.1 200", 12)) return errno = EPROTO, "another status";
        return 0;
    }
}

static const char *ask(const struct target *target, int connection) {
    static const char get[] = "GET / HTTP/1.1\r\nHost: service\r\n\r\n", hello[] = "hello";
    char text[64];
    if (connect(connection, (void *)&target->address, target->length)) return "connecting";
    if (target->type == SOCK_STREAM) {
        if (send(connection, get, sizeof get - 1, MSG_NOSIGNAL) < 0) return "asking";
        return read_answer(connection);
    }
    if (send(connection, hello, sizeof hello - 1, MSG_NOSIGNAL) < 0) return "sending a datagram";
    const ssize_t got = recv(connection, text, sizeof text, 0);
    if (got < 0) return "waiting for a datagram";
    if (got != sizeof hello - 1) return errno = EPROTO, "another datagram";
    return 0;
}

static void note(struct target *target, double took, const char *failure, int error) {
    pthread_mutex_lock(&target->lock);
    target->asked++;
    if (took > target->slowest) target->slowest = took;
    const long bucket = took * 20;
    target->took[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    if (failure && target->failed++ < FAILURES) {
        const int number = target->failed - 1;
        target->failures[number].time = seconds(CLOCK_REALTIME);
        target->failures[number].doing = failure;
        target->failures[number].error = error;
    }
    pthread_mutex_unlock(&target->lock);
}

/* Takes a port for a datagram that has not been used for minutes: with one from the kernel's choice it would soon be part
 * of a conversation that the nodes still remember, and that may lead to a Pod that has ended. */
static void bind_fresh_port(struct target *target, int connection) {
    pthread_mutex_lock(&target->lock);
    const unsigned port = 2000 + target->next_port++ % 60000;
    pthread_mutex_unlock(&target->lock);
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    const int is_v4 = target->address.ss_family == AF_INET;
    /* One that somebody else has just now is left to them; the kernel chooses then. */
    (void)bind(connection, is_v4 ? (void *)&v4 : (void *)&v6, is_v4 ? sizeof v4 : sizeof v6);
}

static void *work(void *argument) {
    struct target *target = argument;
    const int namespace = open(target->namespace, O_RDONLY | O_CLOEXEC);
    if (namespace < 0 || setns(namespace, CLONE_NEWNET)) fail(target->namespace);
    close(namespace);
    const struct timeval patience = {5, 0};
    const struct linger at_once = {1, 0};
    double next = seconds(CLOCK_MONOTONIC) + target->period * drand48();
    while (next < end) {
        const double wait = next - seconds(CLOCK_MONOTONIC);
        if (wait > 0) usleep(wait * 1e6);
        next += target->period;
        const int connection = socket(target->address.ss_family, target->type | SOCK_CLOEXEC, 0);
        if (connection < 0) fail("socket");
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (target->type == SOCK_DGRAM) bind_fresh_port(target, connection);
        const double begun = seconds(CLOCK_MONOTONIC);
        errno = 0;
        const char *failure = ask(target, connection);
        const int error = errno;
        note(target, (seconds(CLOCK_MONOTONIC) - begun) * 1e3, failure, error);
        /* A reset: hundreds of thousands of connections that wait for their last packets are not what is asked about. */
        if (target->type == SOCK_STREAM) setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(connection);
    }
    return 0;
}

static void parse(char **word, struct target *target, unsigned number) {
    struct sockaddr_in *v4 = (void *)&target->address;
    struct sockaddr_in6 *v6 = (void *)&target->address;
    target->name = word[0];
    target->namespace = word[1];
    target->type = strcmp(word[2], "udp") ? SOCK_STREAM : SOCK_DGRAM;
    /* Those who ask from the same namespace keep out of each other's way. */
    target->next_port = number * 8000;
    pthread_mutex_init(&target->lock, 0);
    if (inet_pton(AF_INET, word[3], &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(atoi(word[4]));
        target->length = sizeof *v4;
    } else if (inet_pton(AF_INET6, word[3], &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(atoi(word[4]));
        target->length = sizeof *v6;
    } else {
        errno = EINVAL;
        fail(word[3]);
    }
}

static double median(const struct target *target) {
    long seen = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        if ((seen += target->took[bucket]) * 2 >= target->asked) return (bucket + 0.5) / 20;
    return 0;
}

int main(int words, char **word) {
    static struct target targets[TARGETS];
    static pthread_t threads[TARGETS * WORKERS];
    const int count = (words - 3) / 5;
    if (words < 8 || (words - 3) % 5 || count > TARGETS)
        return fprintf(stderr, "usage (root): requests SECONDS RATE {NAME NETNS tcp|udp ADDRESS PORT}...\n"), 2;
    end = seconds(CLOCK_MONOTONIC) + atof(word[1]);
    for (int i = 0; i < count; i++) {
        parse(word + 3 + i * 5, &targets[i], i);
        targets[i].period = WORKERS * count / atof(word[2]);
    }
    for (int i = 0; i < count * WORKERS; i++)
        if (pthread_create(&threads[i], 0, work, &targets[i / WORKERS])) fail("starting a thread");
    for (int i = 0; i < count * WORKERS; i++) pthread_join(threads[i], 0);
    for (int i = 0; i < count; i++) {
        const struct target *target = &targets[i];
        printf("{\"name\": \"%s\", \"asked\": %ld, \"median\": %.2f, \"slowest\": %.1f, \"failed\": %ld, \"failures\": [",
               target->name, target->asked, median(target), target->slowest, target->failed);
        for (int j = 0; j < target->failed && j < FAILURES; j++)
            printf("%s{\"time\": %.3f, \"doing\": \"%s\", \"error\": \"%s\"}", j ? ", " : "", target->failures[j].time,
                   target->failures[j].doing, strerror(target->failures[j].error));
        printf("]}\n");
    }
    return 0;
}
