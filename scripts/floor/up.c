/* SPDX-License-Identifier: Apache-2.0
 * The floor of `lab up`: N Pods on one node, the same things that a lab makes, with nothing in the way.
 *
 * Each Pod is a network namespace bound to a path, its sysctls, a routed veth pair with addresses, neighbours and
 * routes, and the responder as process 1 of its own PID, mount, UTS and IPC namespaces: read-only root, private
 * /tmp and /dev/shm, its own /etc/hosts, /etc/resolv.conf and /etc/hostname, a fresh /proc, a log file, an
 * unprivileged user without capabilities. Then each answers once over HTTP from the node.
 *
 *   gcc -O2 -o up up.c && ./up RESPONDER N        (root; prints one line of JSON, leaves nothing behind)
 *
 * All mounts are made in a mount namespace of this process, and children die with it: even SIGKILL leaves nothing. */
#define _GNU_SOURCE
#include "common.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE "/mnt" /* a tmpfs lies here, in this process's mount namespace alone */
enum { MAXIMUM = 4000, PORT = 8080, NOBODY = 65534, FIRST_LINK = 1000, STACK = 65536 };

struct pod {
    int namespace, route_socket, log;
    pid_t process;
};

/* MARK: rtnetlink, several requests in one message buffer */

struct requests {
    size_t length;
    int count;
    char bytes[2048] __attribute__((aligned(8)));
};

static struct nlmsghdr *last;

static void request(struct requests *all, int type, int flags, const void *body, size_t size) {
    last = (void *)(all->bytes + all->length);
    memset(last, 0, NLMSG_SPACE(size));
    last->nlmsg_len = NLMSG_LENGTH(size);
    last->nlmsg_type = type;
    last->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    memcpy(NLMSG_DATA(last), body, size);
    all->length += NLMSG_SPACE(size);
    all->count++;
}

static struct rtattr *put(struct requests *all, int type, const void *value, size_t size) {
    struct rtattr *attribute = (void *)(all->bytes + all->length);
    memset(attribute, 0, RTA_SPACE(size));
    attribute->rta_type = type;
    attribute->rta_len = RTA_LENGTH(size);
    if (size) memcpy(RTA_DATA(attribute), value, size);
    all->length += RTA_SPACE(size);
    last->nlmsg_len = (char *)all->bytes + all->length - (char *)last;
    return attribute;
}

static void end_nest(struct requests *all, struct rtattr *nest) {
    nest->rta_len = all->bytes + all->length - (char *)nest;
}

static void send_all(int socket, struct requests *all, const char *doing) {
    char reply[8192];
    if (send(socket, all->bytes, all->length, 0) < 0) fail(doing);
    while (all->count > 0) {
        int length = must(recv(socket, reply, sizeof reply, 0), doing);
        for (struct nlmsghdr *m = (void *)reply; NLMSG_OK(m, length); m = NLMSG_NEXT(m, length)) {
            errno = m->nlmsg_type == NLMSG_ERROR ? -((struct nlmsgerr *)NLMSG_DATA(m))->error : EPROTO;
            if (errno) fail(doing);
            all->count--;
        }
    }
    all->length = 0;
}

static void add_veth(struct requests *all, int number, int peer_namespace, const void *here, const void *there) {
    char name[IFNAMSIZ];
    snprintf(name, sizeof name, "pod%d", number);
    struct ifinfomsg link = {.ifi_index = FIRST_LINK + number, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct ifinfomsg peer = {0}; /* it cannot be born up: the kernel joins the two ends last (ENOTCONN) */
    request(all, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    put(all, IFLA_IFNAME, name, strlen(name) + 1);
    put(all, IFLA_ADDRESS, here, 6);
    struct rtattr *info = put(all, IFLA_LINKINFO, 0, 0);
    put(all, IFLA_INFO_KIND, "veth", 5);
    struct rtattr *data = put(all, IFLA_INFO_DATA, 0, 0), *end = put(all, VETH_INFO_PEER, &peer, sizeof peer);
    put(all, IFLA_IFNAME, "eth0", 5);
    put(all, IFLA_ADDRESS, there, 6);
    put(all, IFLA_NET_NS_FD, &peer_namespace, 4);
    end_nest(all, end);
    end_nest(all, data);
    end_nest(all, info);
}

static void set_up(struct requests *all, int index) {
    struct ifinfomsg link = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    request(all, RTM_NEWLINK, 0, &link, sizeof link);
}

static void add_address(struct requests *all, int index, in_addr_t address) {
    struct ifaddrmsg body = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = index};
    request(all, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
    put(all, IFA_LOCAL, &address, 4);
    put(all, IFA_ADDRESS, &address, 4);
}

static void add_neighbour(struct requests *all, int index, in_addr_t address, const void *hardware) {
    struct ndmsg body = {.ndm_family = AF_INET, .ndm_ifindex = index, .ndm_state = NUD_PERMANENT};
    request(all, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof body);
    put(all, NDA_DST, &address, 4);
    put(all, NDA_LLADDR, hardware, 6);
}

static void add_route(struct requests *all, in_addr_t to, int length, int index, in_addr_t gateway) {
    struct rtmsg body = {.rtm_family = AF_INET, .rtm_dst_len = length, .rtm_table = RT_TABLE_MAIN,
                         .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST,
                         .rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK};
    request(all, RTM_NEWROUTE, NLM_F_CREATE, &body, sizeof body);
    if (length) put(all, RTA_DST, &to, 4);
    put(all, RTA_OIF, &index, 4);
    if (gateway) put(all, RTA_GATEWAY, &gateway, 4);
}

static int open_route_socket(void) {
    return must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "opening an rtnetlink socket");
}

/* MARK: one Pod */

static in_addr_t pod_address(int number) { return htonl(0x0af40002 + number); }

static void write_file(const char *path, int flags, const char *text) {
    int file = must(open(path, O_WRONLY | O_CLOEXEC | flags, 0644), path);
    if (write(file, text, strlen(text)) < 0) fail(path);
    close(file);
}

static void make_namespace(struct pod *pod, int number) {
    char path[64];
    must(unshare(CLONE_NEWNET), "making a network namespace");
    /* No link-local addresses: nothing of IPv6 is sent when a link comes up. */
    write_file("/proc/sys/net/ipv6/conf/default/addr_gen_mode", 0, "1");
    write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", 0, "0");
    write_file("/proc/sys/net/ipv4/ping_group_range", 0, "0 2147483647");
    snprintf(path, sizeof path, STATE "/netns/pod-%d", number);
    close(must(open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0444), path));
    must(mount("/proc/self/ns/net", path, 0, MS_BIND, 0), "binding a network namespace");
    pod->namespace = must(open(path, O_RDONLY | O_CLOEXEC), path);
    pod->route_socket = open_route_socket();
}

static void make_link(const struct pod *pod, int number, int node_socket) {
    const in_addr_t gateway = htonl(0xa9fe0101), address = pod_address(number);
    const unsigned char here[6] = {2, 0, 0, 0, 0, 1}, there[6] = {2, 1, 0, 0, number >> 8, number};
    struct requests all = {0};
    add_veth(&all, number, pod->namespace, here, there);
    add_neighbour(&all, FIRST_LINK + number, address, there);
    add_route(&all, address, 32, FIRST_LINK + number, 0);
    send_all(node_socket, &all, "making a Pod's link");
    set_up(&all, 1);
    set_up(&all, 2);
    add_address(&all, 2, address);
    add_neighbour(&all, 2, gateway, here);
    add_route(&all, gateway, 32, 2, 0);
    add_route(&all, 0, 0, 2, gateway);
    send_all(pod->route_socket, &all, "setting up a Pod's end");
}

static void make_files(struct pod *pod, int number) {
    char path[64], text[128];
    const char *directories[] = {"", "/tmp", "/shm"};
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, STATE "/pods/%d%s", number, directories[i]);
        must(mkdir(path, 0755), path);
        if (i) must(chmod(path, 01777), path);
    }
    struct in_addr address = {pod_address(number)};
    snprintf(path, sizeof path, STATE "/pods/%d/hosts", number);
    snprintf(text, sizeof text, "127.0.0.1 localhost\n%s pod-%d\n", inet_ntoa(address), number);
    write_file(path, O_CREAT, text);
    snprintf(path, sizeof path, STATE "/pods/%d/resolv.conf", number);
    write_file(path, O_CREAT, "nameserver 10.96.0.10\nsearch default.svc.cluster.local\n");
    snprintf(path, sizeof path, STATE "/pods/%d/hostname", number);
    snprintf(text, sizeof text, "pod-%d\n", number);
    write_file(path, O_CREAT, text);
    snprintf(path, sizeof path, STATE "/pods/%d/log", number);
    pod->log = must(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), path);
}

/* MARK: one process */

/* What the child half needs; it shares the parent's memory until it executes the responder. */
struct start {
    const struct pod *pod;
    int number, template, responder;
    const char *failed;
    int error;
};

static void bind_file(struct start *start, const char *from, const char *to) {
    char source[64];
    if (start->failed) return;
    snprintf(source, sizeof source, "/run/lab/pods/%d/%s", start->number, from);
    if (mount(source, to, 0, MS_BIND, 0) && errno != ENOENT) start->failed = to;
}

static void drop_privileges(struct start *start) {
    struct rlimit descriptors = {65536, 65536};
    for (int capability = 0; prctl(PR_CAPBSET_DROP, capability) == 0; capability++) {}
    setrlimit(RLIMIT_NOFILE, &descriptors);
    if (syscall(SYS_setgroups, 0, 0) || syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) ||
        syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY))
        start->failed = "becoming nobody";
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* After the user has changed, for that clears it. This process has one thread, so its end is the thread's. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int run_child(void *argument) {
    struct start *start = argument;
    char name[24], variable[40], *words[] = {"responder", "--http", "8080", 0};
    char *variables[] = {variable, "LAB_NODE=node-1", "LAB_NAMESPACE=default", 0};
    const int length = snprintf(name, sizeof name, "pod-%d", start->number);
    snprintf(variable, sizeof variable, "LAB_POD=%s", name);
    if (setns(start->pod->namespace, CLONE_NEWNET)) start->failed = "entering the network namespace";
    if (setns(start->template, CLONE_NEWNS) || unshare(CLONE_NEWNS)) start->failed = "cloning the template";
    bind_file(start, "hosts", "/etc/hosts");
    bind_file(start, "resolv.conf", "/etc/resolv.conf");
    bind_file(start, "hostname", "/etc/hostname");
    bind_file(start, "tmp", "/tmp");
    bind_file(start, "shm", "/dev/shm");
    if (!start->failed && umount2("/run/lab", MNT_DETACH)) start->failed = "hiding the state";
    if (!start->failed && mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0))
        start->failed = "mounting /proc";
    if (!start->failed && sethostname(name, length)) start->failed = "sethostname";
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(start->pod->log, 1) < 0 || dup2(start->pod->log, 2) < 0)
        start->failed = "setting up standard input and output";
    if (!start->failed) drop_privileges(start);
    if (!start->failed) {
        syscall(SYS_execveat, start->responder, "", words, variables, AT_EMPTY_PATH);
        start->failed = "executing the responder";
    }
    start->error = errno;
    _exit(127);
}

static void start_process(struct pod *pod, int number, int template, int responder) {
    static char stack[STACK] __attribute__((aligned(16)));
    struct start start = {pod, number, template, responder, 0, 0};
    const int flags = CLONE_VM | CLONE_VFORK | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD;
    pod->process = must(clone(run_child, stack + STACK, flags, &start), "clone");
    errno = start.error;
    if (start.failed) fail(start.failed);
}

/* MARK: the template of every container's mounts */

static void bind_into_root(const char *path, unsigned long flags) {
    char target[64];
    snprintf(target, sizeof target, STATE "/root%s", path);
    must(mount(*path ? path : "/", target, 0, MS_BIND, 0), target);
    if (flags) must(mount(0, target, 0, MS_BIND | MS_REMOUNT | flags, 0), target);
}

static void fill_template(void) {
    must(unshare(CLONE_NEWNS), "making the template's mount namespace");
    bind_into_root("", MS_RDONLY | MS_NOSUID);
    bind_into_root("/dev", MS_NOSUID);
    bind_into_root("/dev/pts", 0);
    bind_into_root("/sys", MS_RDONLY | MS_NOSUID);
    must(mount("tmpfs", STATE "/root/run", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755"), "/run");
    must(mkdir(STATE "/root/run/lab", 0755), "/run/lab");
    must(mount(STATE, STATE "/root/run/lab", 0, MS_BIND, 0), "/run/lab");
    must(chdir(STATE "/root"), "the template's root");
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "leaving the host's root");
}

/* A helper process makes it and ends; the descriptor keeps it. */
static int make_template(void) {
    int done[2], leave[2];
    char byte, path[64];
    if (pipe2(done, O_CLOEXEC) || pipe2(leave, O_CLOEXEC)) fail("pipe");
    const pid_t helper = must(fork(), "fork");
    if (!helper) {
        close(leave[1]);
        fill_template();
        if (write(done[1], "", 1) == 1 && read(leave[0], &byte, 1) == 0) _exit(0);
        _exit(1);
    }
    close(done[1]);
    if (read(done[0], &byte, 1) != 1) fail("making the template");
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", helper);
    const int template = must(open(path, O_RDONLY | O_CLOEXEC), path);
    close(leave[1]);
    waitpid(helper, 0, 0);
    close(done[0]);
    close(leave[0]);
    return template;
}

/* MARK: answers, and the end */

/* One request to one Pod. A responder that does not listen yet refuses: it is asked again, at most for two seconds. */
static int answers(int number) {
    const struct sockaddr_in address = {AF_INET, htons(PORT), {pod_address(number)}, {0}};
    const char question[] = "GET /readyz HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n";
    char answer[512];
    for (double end = milliseconds() + 2000; milliseconds() < end; usleep(50)) {
        const int client = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "opening a client's socket");
        ssize_t length = -1;
        if (!connect(client, (const void *)&address, sizeof address) &&
            send(client, question, sizeof question - 1, MSG_NOSIGNAL) > 0)
            length = recv(client, answer, sizeof answer, 0);
        close(client);
        if (length > 12) return !memcmp(answer, "HTTP/1.1 200", 12);
    }
    return 0;
}

static void take_down(struct pod *pods, int count) {
    char path[64];
    for (int i = 0; i < count; i++) kill(pods[i].process, SIGKILL);
    for (int i = 0; i < count; i++) {
        waitpid(pods[i].process, 0, 0);
        close(pods[i].route_socket);
        close(pods[i].namespace);
        close(pods[i].log);
        snprintf(path, sizeof path, STATE "/netns/pod-%d", i);
        umount2(path, MNT_DETACH);
        unlink(path);
    }
}

static void prepare_state(void) {
    must(unshare(CLONE_NEWNS | CLONE_NEWNET), "making namespaces (are you root?)");
    must(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0), "making all mounts private");
    must(mount("tmpfs", STATE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"), "mounting " STATE);
    must(mkdir(STATE "/root", 0755), STATE);
    must(mkdir(STATE "/netns", 0755), STATE);
    must(mkdir(STATE "/pods", 0755), STATE);
}

static int make_node(void) {
    struct requests all = {0};
    const int route_socket = open_route_socket();
    write_file("/proc/sys/net/ipv6/conf/default/addr_gen_mode", 0, "1");
    set_up(&all, 1);
    add_address(&all, 1, htonl(0x0af40001));
    send_all(route_socket, &all, "setting up the node");
    return route_socket;
}

static void allow_descriptors(void) {
    struct rlimit limit = {65536, 65536};
    if (setrlimit(RLIMIT_NOFILE, &limit)) getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **words) {
    const int pods = count == 3 ? atoi(words[2]) : 0;
    if (pods < 1 || pods > MAXIMUM) return fprintf(stderr, "usage (root): up RESPONDER N, N in 1..%d\n", MAXIMUM), 2;
    static struct pod all[MAXIMUM];
    const int responder = must(open(words[1], O_PATH | O_CLOEXEC), words[1]);
    allow_descriptors();
    prepare_state();
    const int node = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "opening the node's namespace");
    const int node_socket = make_node();

    const double begun = milliseconds();
    const int template = make_template();
    const double templated = milliseconds();
    for (int i = 0; i < pods; i++) make_namespace(&all[i], i);
    must(setns(node, CLONE_NEWNET), "returning to the node");
    const double named = milliseconds();
    for (int i = 0; i < pods; i++) make_link(&all[i], i, node_socket);
    const double linked = milliseconds();
    for (int i = 0; i < pods; i++) {
        make_files(&all[i], i);
        start_process(&all[i], i, template, responder);
    }
    const double started = milliseconds();
    int answered = 0;
    for (int i = 0; i < pods; i++) answered += answers(i);
    const double up = milliseconds();
    take_down(all, pods);
    const double down = milliseconds();
    printf("{\"pods\": %d, \"answered\": %d, \"milliseconds\": {\"template\": %.1f, \"namespaces\": %.1f, "
           "\"links\": %.1f, \"processes\": %.1f, \"answers\": %.1f, \"up\": %.1f, \"upPerPod\": %.3f, "
           "\"down\": %.1f}}\n",
           pods, answered, templated - begun, named - templated, linked - named, started - linked, up - started,
           up - begun, (up - begun) / pods, down - up);
    return answered != pods;
}
