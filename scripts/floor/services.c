/* SPDX-License-Identifier: Apache-2.0
 * The floor of a Service change: the lab's nftables layout in libnftnl and libmnl, with nothing in the way.
 *
 * NODES namespaces each get the whole table with SERVICES Services of ENDPOINTS endpoints, every element with a
 * comment of about 60 bytes. Then CHANGES times a Service's last endpoint leaves, or comes back, on all nodes: one
 * batch, encoded once, sent to each node; one time is from before the encoding to after the last node's commit.
 *
 *   gcc -O2 -o services services.c -lnftnl -lmnl && ./services NODES SERVICES ENDPOINTS CHANGES
 *
 * (root; prints one line of JSON; the namespaces are nameless and go with the process) */
#define _GNU_SOURCE
#include "common.h"
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/icmp.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sched.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* Registers of 4 bytes; the data types by which `nft list` knows how to print, six bits each when they are joined. */
enum { R0 = NFT_REG32_00, ADDRESS = 7, PROTOCOL = 12, PORT = 13, MARK = 19 };
#define JOIN2(a, b) ((a) << 6 | (b))
#define JOIN3(a, b, c) (JOIN2(a, b) << 6 | (c))

/* MARK: a batch of messages */

static char *bytes;
static size_t length;
static uint32_t sequence;

static struct nlmsghdr *message(int type, int flags) {
    return nftnl_nlmsg_build_hdr(bytes + length, type, NFPROTO_IPV4, flags, ++sequence);
}

static void finish(const struct nlmsghdr *header) { length += MNL_ALIGN(header->nlmsg_len); }

static void begin_batch(void) {
    length = 0;
    finish(nftnl_batch_begin(bytes, ++sequence));
}

static void end_batch(void) { finish(nftnl_batch_end(bytes + length, ++sequence)); }

/* The kernel commits before `send` returns; what it refuses is waiting to be read then. */
static void commit(int node, const char *doing) {
    char reply[8192];
    if (send(node, bytes, length, 0) < 0) fail(doing);
    for (int size; (size = recv(node, reply, sizeof reply, MSG_DONTWAIT)) > 0;)
        for (struct nlmsghdr *m = (void *)reply; mnl_nlmsg_ok(m, size); m = mnl_nlmsg_next(m, &size))
            if (m->nlmsg_type == NLMSG_ERROR && (errno = -((struct nlmsgerr *)mnl_nlmsg_get_payload(m))->error))
                fail(doing);
}

/* MARK: tables, sets, chains, rules */

static void add_table(void) {
    struct nftnl_table *table = nftnl_table_alloc();
    nftnl_table_set_str(table, NFTNL_TABLE_NAME, "lab");
    struct nlmsghdr *header = message(NFT_MSG_NEWTABLE, NLM_F_CREATE);
    nftnl_table_nlmsg_build_payload(header, table);
    nftnl_table_free(table);
    finish(header);
}

/* Data of length 0: a set; data type NFT_DATA_VERDICT: a verdict map. */
static void add_set(const char *name, uint32_t key_type, int key_length, uint32_t data_type, int data_length) {
    static uint32_t id;
    const int is_map = data_length > 0 || data_type == NFT_DATA_VERDICT;
    struct nlmsghdr *header = message(NFT_MSG_NEWSET, NLM_F_CREATE);
    mnl_attr_put_strz(header, NFTA_SET_TABLE, "lab");
    mnl_attr_put_strz(header, NFTA_SET_NAME, name);
    mnl_attr_put_u32(header, NFTA_SET_FLAGS, htonl(is_map ? NFT_SET_MAP : 0));
    mnl_attr_put_u32(header, NFTA_SET_KEY_TYPE, htonl(key_type));
    mnl_attr_put_u32(header, NFTA_SET_KEY_LEN, htonl(key_length));
    if (is_map) mnl_attr_put_u32(header, NFTA_SET_DATA_TYPE, htonl(data_type));
    if (data_length) mnl_attr_put_u32(header, NFTA_SET_DATA_LEN, htonl(data_length));
    mnl_attr_put_u32(header, NFTA_SET_ID, htonl(++id));
    finish(header);
}

static void add_chain(const char *name, const char *type, int hook, int priority) {
    struct nftnl_chain *chain = nftnl_chain_alloc();
    nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, "lab");
    nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name);
    if (type) {
        nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, type);
        nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, hook);
        nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, priority);
    }
    struct nlmsghdr *header = message(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
    nftnl_chain_nlmsg_build_payload(header, chain);
    nftnl_chain_free(chain);
    finish(header);
}

static struct nftnl_rule *begin_rule(const char *chain) {
    struct nftnl_rule *rule = nftnl_rule_alloc();
    nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, "lab");
    nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chain);
    return rule;
}

static void end_rule(struct nftnl_rule *rule) {
    struct nlmsghdr *header = message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    nftnl_rule_nlmsg_build_payload(header, rule);
    nftnl_rule_free(rule);
    finish(header);
}

static struct nftnl_expr *add(struct nftnl_rule *rule, const char *name) {
    struct nftnl_expr *expression = nftnl_expr_alloc(name);
    nftnl_rule_add_expr(rule, expression);
    return expression;
}

static void load_payload(struct nftnl_rule *rule, int base, int offset, int size, int into) {
    struct nftnl_expr *payload = add(rule, "payload");
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, base);
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, size);
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_DREG, into);
}

static void load_meta(struct nftnl_rule *rule, int key, int into) {
    struct nftnl_expr *meta = add(rule, "meta");
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, key);
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_DREG, into);
}

static void set_meta(struct nftnl_rule *rule, int key, int from) {
    struct nftnl_expr *meta = add(rule, "meta");
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, key);
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_SREG, from);
}

/* ip daddr . meta l4proto . th dport, in three registers from R0 on. */
static void load_destination(struct nftnl_rule *rule) {
    load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, 16, 4, R0);
    load_meta(rule, NFT_META_L4PROTO, R0 + 1);
    load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, R0 + 2);
}

/* The data of a map or verdict map go into a register; a set has none (-1). */
static void look_up(struct nftnl_rule *rule, const char *set, int key, int into) {
    struct nftnl_expr *lookup = add(rule, "lookup");
    nftnl_expr_set_str(lookup, NFTNL_EXPR_LOOKUP_SET, set);
    nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_SREG, key);
    if (into >= 0) nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_DREG, into);
}

static void add_verdict(struct nftnl_rule *rule, int code, const char *to) {
    struct nftnl_expr *verdict = add(rule, "immediate");
    nftnl_expr_set_u32(verdict, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
    nftnl_expr_set_u32(verdict, NFTNL_EXPR_IMM_VERDICT, code);
    nftnl_expr_set_str(verdict, NFTNL_EXPR_IMM_CHAIN, to);
}

static void jump(const char *from, const char *to) {
    struct nftnl_rule *rule = begin_rule(from);
    add_verdict(rule, NFT_JUMP, to);
    end_rule(rule);
}

/* MARK: the lab's layout */

static void add_sets(void) {
    add_set("service-ips", JOIN3(ADDRESS, PROTOCOL, PORT), 12, MARK, 4);
    add_set("pools", MARK, 4, MARK, 4);
    add_set("draws", MARK, 4, NFT_DATA_VERDICT, 0);
    add_set("endpoints", JOIN2(MARK, MARK), 8, JOIN2(ADDRESS, PORT), 8);
    add_set("no-endpoint-services", JOIN3(ADDRESS, PROTOCOL, PORT), 12, 0, 0);
    add_set("cluster-ips", ADDRESS, 4, 0, 0);
}

/* The chain that draws among so many endpoints. */
static const char *pick(int count) {
    static char name[32];
    snprintf(name, sizeof name, "pick-%d", count);
    return name;
}

/* meta priority set numgen random mod COUNT goto deliver */
static void add_pick(int count) {
    const char *name = pick(count);
    add_chain(name, 0, 0, 0);
    struct nftnl_rule *rule = begin_rule(name);
    struct nftnl_expr *numgen = add(rule, "numgen");
    nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_DREG, R0);
    nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_MODULUS, count);
    nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_TYPE, NFT_NG_RANDOM);
    set_meta(rule, NFT_META_PRIORITY, R0);
    add_verdict(rule, NFT_GOTO, "deliver");
    end_rule(rule);
}

/* dnat ip to meta mark . meta priority map @endpoints */
static void add_deliver(void) {
    add_chain("deliver", 0, 0, 0);
    struct nftnl_rule *rule = begin_rule("deliver");
    load_meta(rule, NFT_META_MARK, R0);
    load_meta(rule, NFT_META_PRIORITY, R0 + 1);
    look_up(rule, "endpoints", R0, R0 + 4);
    struct nftnl_expr *nat = add(rule, "nat");
    nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
    nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_FAMILY, NFPROTO_IPV4);
    nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_ADDR_MIN, R0 + 4);
    nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_PROTO_MIN, R0 + 5);
    end_rule(rule);
}

static void add_chains(int count) {
    add_deliver();
    add_pick(count - 1);
    add_pick(count);
    add_chain("services", 0, 0, 0);
    struct nftnl_rule *rule = begin_rule("services");
    load_destination(rule);
    look_up(rule, "service-ips", R0, R0 + 4);
    set_meta(rule, NFT_META_MARK, R0 + 4);
    end_rule(rule);
    rule = begin_rule("services");
    load_meta(rule, NFT_META_MARK, R0);
    look_up(rule, "pools", R0, R0 + 1);
    set_meta(rule, NFT_META_PRIORITY, R0 + 1);
    load_meta(rule, NFT_META_PRIORITY, R0);
    look_up(rule, "draws", R0, NFT_REG_VERDICT);
    end_rule(rule);
    add_chain("endpoints-check", 0, 0, 0);
    rule = begin_rule("endpoints-check");
    load_destination(rule);
    look_up(rule, "no-endpoint-services", R0, -1);
    struct nftnl_expr *reject = add(rule, "reject");
    nftnl_expr_set_u32(reject, NFTNL_EXPR_REJECT_TYPE, NFT_REJECT_ICMP_UNREACH);
    nftnl_expr_set_u8(reject, NFTNL_EXPR_REJECT_CODE, ICMP_PORT_UNREACH);
    end_rule(rule);
    add_chain("nat-prerouting", "nat", NF_INET_PRE_ROUTING, -100);
    add_chain("nat-output", "nat", NF_INET_LOCAL_OUT, -100);
    add_chain("filter-forward", "filter", NF_INET_FORWARD, 0);
    add_chain("filter-output", "filter", NF_INET_LOCAL_OUT, 0);
    jump("nat-prerouting", "services");
    jump("nat-output", "services");
    jump("filter-forward", "endpoints-check");
    jump("filter-output", "endpoints-check");
}

/* MARK: elements, many to a message */

/* An attribute has at most 64 KB: a message takes this many elements and is followed by another. */
enum { ELEMENTS_A_MESSAGE = 300 };

static struct {
    struct nlmsghdr *header;
    struct nlattr *list;
    const char *set;
    int type, count;
} open_message;

static void close_elements(void) {
    if (!open_message.header) return;
    mnl_attr_nest_end(open_message.header, open_message.list);
    finish(open_message.header);
    open_message.header = 0;
}

static void open_elements(int type, const char *set) {
    open_message.header = message(type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
    open_message.type = type;
    open_message.set = set;
    open_message.count = 0;
    mnl_attr_put_strz(open_message.header, NFTA_SET_ELEM_LIST_TABLE, "lab");
    mnl_attr_put_strz(open_message.header, NFTA_SET_ELEM_LIST_SET, set);
    open_message.list = mnl_attr_nest_start(open_message.header, NFTA_SET_ELEM_LIST_ELEMENTS);
}

static void put_value(struct nlmsghdr *header, int type, const uint32_t *value, int words) {
    struct nlattr *nest = mnl_attr_nest_start(header, type);
    mnl_attr_put(header, NFTA_DATA_VALUE, words * 4, value);
    mnl_attr_nest_end(header, nest);
}

static void put_goto(struct nlmsghdr *header, const char *chain) {
    struct nlattr *data = mnl_attr_nest_start(header, NFTA_SET_ELEM_DATA);
    struct nlattr *verdict = mnl_attr_nest_start(header, NFTA_DATA_VERDICT);
    mnl_attr_put_u32(header, NFTA_VERDICT_CODE, htonl(NFT_GOTO));
    mnl_attr_put_strz(header, NFTA_VERDICT_CHAIN, chain);
    mnl_attr_nest_end(header, verdict);
    mnl_attr_nest_end(header, data);
}

/* User data as nft writes a comment: type 0, length, text with its NUL. */
static void put_comment(struct nlmsghdr *header, int service) {
    char text[96];
    const char *form = "Service default/service-%06d: spec.ports[0], lab.yaml:1234";
    const int size = snprintf(text + 2, sizeof text - 2, form, service) + 1;
    text[0] = 0;
    text[1] = size;
    mnl_attr_put(header, NFTA_SET_ELEM_USERDATA, size + 2, text);
}

/* One element of the message under way for this set; data, verdict and comment as the kind of set has them. */
static void element(int type, const char *set, const uint32_t *key, int key_words, const uint32_t *data, int data_words,
                    const char *chain, int service) {
    if (open_message.header && (open_message.type != type || open_message.set != set ||
                                open_message.count == ELEMENTS_A_MESSAGE))
        close_elements();
    if (!open_message.header) open_elements(type, set);
    open_message.count++;
    struct nlmsghdr *header = open_message.header;
    struct nlattr *nest = mnl_attr_nest_start(header, NFTA_LIST_ELEM);
    put_value(header, NFTA_SET_ELEM_KEY, key, key_words);
    if (data) put_value(header, NFTA_SET_ELEM_DATA, data, data_words);
    if (chain) put_goto(header, chain);
    if (type == NFT_MSG_NEWSETELEM) put_comment(header, service);
    mnl_attr_nest_end(header, nest);
}

static const char service_ips[] = "service-ips", cluster_ips[] = "cluster-ips";
static const char pools[] = "pools", draws[] = "draws", endpoints[] = "endpoints";

/* A number of fewer than 4 bytes at the beginning of its register. */
static uint32_t port(uint16_t number) {
    uint32_t word = 0;
    number = htons(number);
    memcpy(&word, &number, 2);
    return word;
}

static uint32_t protocol(uint8_t number) {
    uint32_t word = 0;
    memcpy(&word, &number, 1);
    return word;
}

static void endpoint(int type, int service, int slot, uint32_t address) {
    const uint32_t key[] = {service + 1, slot}, data[] = {address, port(8080)};
    element(type, endpoints, key, 2, type == NFT_MSG_NEWSETELEM ? data : 0, 2, 0, service);
}

/* How many endpoints a Service has. */
static void pool(int type, int service, uint32_t count) {
    const uint32_t mark = service + 1;
    element(type, pools, &mark, 1, type == NFT_MSG_NEWSETELEM ? &count : 0, 1, 0, service);
}

static void draw(uint32_t count) { element(NFT_MSG_NEWSETELEM, draws, &count, 1, 0, 0, pick(count), 0); }

static uint32_t endpoint_address(int service, int slot, int count) {
    return htonl(0x0af40000 + service * count + slot);
}

static void add_services(int services, int count) {
    draw(count - 1);
    draw(count);
    for (int i = 0; i < services; i++) {
        const uint32_t address = htonl(0x0a600100 + i), mark = i + 1;
        const uint32_t key[] = {address, protocol(IPPROTO_TCP), port(80)};
        element(NFT_MSG_NEWSETELEM, service_ips, key, 3, &mark, 1, 0, i);
    }
    for (int i = 0; i < services; i++) {
        const uint32_t address = htonl(0x0a600100 + i);
        element(NFT_MSG_NEWSETELEM, cluster_ips, &address, 1, 0, 0, 0, i);
    }
    for (int i = 0; i < services; i++)
        for (int slot = 0; slot < count; slot++)
            endpoint(NFT_MSG_NEWSETELEM, i, slot, endpoint_address(i, slot, count));
    for (int i = 0; i < services; i++) pool(NFT_MSG_NEWSETELEM, i, count);
    close_elements();
}

/* MARK: measuring */

static int open_node(void) {
    const int size = 1 << 30;
    must(unshare(CLONE_NEWNET), "making a node's namespace (are you root?)");
    const int node = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), "opening a netfilter socket");
    must(setsockopt(node, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size), "SO_SNDBUFFORCE");
    return node;
}

static int compare(const void *a, const void *b) {
    const double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

/* The last of a Service's endpoints leaves or comes back: the number of them changes, and one slot. */
static double change_once(const int *nodes, int count, int service, int slots, int leaves) {
    const double begun = milliseconds();
    begin_batch();
    pool(NFT_MSG_DELSETELEM, service, 0);
    if (leaves) endpoint(NFT_MSG_DELSETELEM, service, slots - 1, 0);
    pool(NFT_MSG_NEWSETELEM, service, leaves ? slots - 1 : slots);
    if (!leaves) endpoint(NFT_MSG_NEWSETELEM, service, slots - 1, endpoint_address(service, slots - 1, slots));
    close_elements();
    end_batch();
    for (int i = 0; i < count; i++) commit(nodes[i], "changing the number of endpoints");
    return milliseconds() - begun;
}

int main(int words, char **word) {
    int number[4] = {0};
    for (int i = 0; i < 4 && words == 5; i++) number[i] = atoi(word[i + 1]);
    const int count = number[0], services = number[1], slots = number[2], changes = number[3];
    if (count < 1 || count > 64 || services < 1 || services > 60000 || slots < 2 || slots > 1000 || changes < 1 ||
        changes > 1000000 || (long)services * slots > 2000000)
        return fprintf(stderr, "usage (root): services NODES SERVICES ENDPOINTS (from 2) CHANGES\n"), 2;
    int nodes[64];
    bytes = malloc((size_t)services * (slots + 3) * 200 + (1 << 20));
    double *times = malloc(changes * sizeof *times);
    if (!bytes || !times) fail("taking memory");
    for (int i = 0; i < count; i++) nodes[i] = open_node();

    const double begun = milliseconds();
    begin_batch();
    add_table();
    add_sets();
    add_chains(slots);
    add_services(services, slots);
    end_batch();
    const double encoded = milliseconds();
    const size_t load_bytes = length;
    for (int i = 0; i < count; i++) commit(nodes[i], "loading the table");
    const double loaded = milliseconds();
    for (int i = 0; i < changes; i++)
        times[i] = change_once(nodes, count, i / 2 * 7919L % services, slots, i % 2 == 0);
    qsort(times, changes, sizeof *times, compare);
    printf("{\"nodes\": %d, \"services\": %d, \"endpoints\": %d, \"bytes\": %zu, \"milliseconds\": {\"encode\": %.2f, "
           "\"commitPerNode\": %.2f, \"loadOneNode\": %.2f, \"change\": {\"count\": %d, \"p50\": %.4f, \"p99\": %.4f, "
           "\"max\": %.4f}}}\n",
           count, services, slots, load_bytes, encoded - begun, (loaded - encoded) / count,
           encoded - begun + (loaded - encoded) / count, changes, times[changes / 2], times[changes * 99L / 100],
           times[changes - 1]);
    return 0;
}
