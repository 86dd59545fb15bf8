/* SPDX-License-Identifier: Apache-2.0
 * How long connect() takes, on several ways in turns, so that the machine's moods meet them all alike.
 *
 *   gcc -O2 -o connect connect.c
 *   connect listen NETNS ADDRESS PORT              takes connections, until it is killed
 *   connect measure RUNS COUNT {NETNS ADDRESS PORT}...
 *   connect request RUNS COUNT {NETNS ADDRESS PORT}...   the same, and of an HTTP server its answer, until it closes
 *
 * Measuring prints a line of JSON: for each way the median of each run, in microseconds. A run makes COUNT connections
 * on every way, twenty at a time, each run beginning with another way. A connection is ended by a reset as soon as it
 * stands, so that no port waits; it carries nothing.
 *
 * (root; NETNS is a file as /run/netns/lab-x-default.web-1, or - for the namespace it runs in) */
#define _GNU_SOURCE
#include "common.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAYS = 32, RUNS = 99, BLOCK = 20 };

struct way {
    int namespace;
    struct sockaddr_storage address;
    socklen_t length;
    double *times;
    int count;
    double medians[RUNS];
};

static void parse(const char *address, const char *port, struct way *way) {
    struct sockaddr_in *v4 = (void *)&way->address;
    struct sockaddr_in6 *v6 = (void *)&way->address;
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(atoi(port));
        way->length = sizeof *v4;
    } else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(atoi(port));
        way->length = sizeof *v6;
    } else {
        errno = EINVAL;
        fail(address);
    }
}

static int own_namespace;

static int open_namespace(const char *path) {
    if (!strcmp(path, "-")) return own_namespace;
    return must(open(path, O_RDONLY | O_CLOEXEC), path);
}

/* Who asks has the first processor and who listens the last, so that the scheduler's choices are no part of it. */
static void stay_on(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static void enter(int namespace) { must(setns(namespace, CLONE_NEWNET), "entering a namespace"); }

/* An ended connection leaves nothing behind: a reset instead of a farewell. */
static void reset(int connection) {
    const struct linger at_once = {1, 0};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(connection);
}

static void serve(struct way *way) {
    const int one = 1;
    stay_on(sysconf(_SC_NPROCESSORS_ONLN) - 1);
    enter(way->namespace);
    const int listener = must(socket(way->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "SO_REUSEADDR");
    must(bind(listener, (void *)&way->address, way->length), "bind");
    must(listen(listener, 4096), "listen");
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    puts("listening");
    fflush(stdout);
    for (;;) {
        char byte;
        const int connection = accept(listener, 0, 0);
        if (connection < 0) continue;
        /* Until the client's reset: to end it earlier would be work in the time that is measured. */
        while (read(connection, &byte, 1) > 0) continue;
        close(connection);
    }
}

/* Whether something is asked over a connection. */
static int asks;

static void ask(int connection) {
    static const char question[] = "GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n";
    char answer[4096];
    must(write(connection, question, sizeof question - 1), "write");
    while (must(read(connection, answer, sizeof answer), "read") > 0) continue;
}

static double connect_once(const struct way *way) {
    const int one = 1;
    const int connection = must(socket(way->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "TCP_NODELAY");
    const double begun = milliseconds();
    must(connect(connection, (void *)&way->address, way->length), "connect");
    if (asks) ask(connection);
    const double time = milliseconds() - begun;
    reset(connection);
    return time * 1e3;
}

static int compare(const void *a, const void *b) {
    const double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static void run(struct way *ways, int count, int number, int connections) {
    for (int i = 0; i < count; i++) ways[i].count = 0;
    for (int done = 0; done < connections; done += BLOCK)
        for (int i = 0; i < count; i++) {
            struct way *way = &ways[(i + number + done / BLOCK) % count];
            enter(way->namespace);
            /* The first of a block finds the caches cold, on every way alike, and is not counted. */
            connect_once(way);
            for (int j = 0; j < BLOCK; j++) way->times[way->count++] = connect_once(way);
        }
    for (int i = 0; i < count; i++) {
        qsort(ways[i].times, ways[i].count, sizeof(double), compare);
        ways[i].medians[number] = ways[i].times[ways[i].count / 2];
    }
}

int main(int words, char **word) {
    static struct way ways[WAYS];
    own_namespace = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "opening the own namespace");
    if (words == 5 && !strcmp(word[1], "listen")) {
        parse(word[3], word[4], &ways[0]);
        ways[0].namespace = open_namespace(word[2]);
        serve(&ways[0]);
    }
    const int count = (words - 4) / 3;
    const int runs = words > 3 ? atoi(word[2]) : 0, connections = words > 3 ? atoi(word[3]) / BLOCK * BLOCK : 0;
    if (words < 7 || (strcmp(word[1], "measure") && strcmp(word[1], "request")) || (words - 4) % 3 || count > WAYS || runs < 1 || runs > RUNS ||
        connections < BLOCK || connections > 1000000)
        return fprintf(stderr, "usage (root): connect listen NETNS ADDRESS PORT\n"
                               "              connect measure|request RUNS COUNT {NETNS ADDRESS PORT}...\n"), 2;
    asks = !strcmp(word[1], "request");
    for (int i = 0; i < count; i++) {
        ways[i].namespace = open_namespace(word[4 + i * 3]);
        parse(word[5 + i * 3], word[6 + i * 3], &ways[i]);
        ways[i].times = malloc((connections + BLOCK) * sizeof(double));
        if (!ways[i].times) fail("taking memory");
    }
    stay_on(0);
    for (int number = 0; number < runs; number++) run(ways, count, number, connections);
    printf("[");
    for (int i = 0; i < count; i++) {
        printf("%s[", i ? ", " : "");
        for (int number = 0; number < runs; number++) printf("%s%.2f", number ? ", " : "", ways[i].medians[number]);
        printf("]");
    }
    puts("]");
    return 0;
}
