# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of the rules that a packet met: nftables' own trace, in every namespace that has rules.

Packets to be traced carry the DSCP class 1, which no translation takes away; a table beside the lab's marks those that
begin a connection. A rule is known by its handle, which `nft --handle list` turns into the rule's text."""
import contextlib
import re
import socket
import struct
import time

NETLINK_NETFILTER, GROUP_TRACE, MESSAGE_TRACE = 12, 9, (10 << 8) | 17
TABLE, CHAIN, HANDLE, TYPE, TYPE_RULE = 1, 2, 3, 4, 3
#: The type of service of a traced packet: class 1, which gives the packet no priority of its own.
TYPE_OF_SERVICE = 0x20
RULES = """table inet agree {
  chain incoming { type filter hook prerouting priority -199;
    ct state new ip dscp cs1 meta nftrace set 1
    ct state new ip6 dscp cs1 meta nftrace set 1; }
  chain outgoing { type filter hook output priority -199;
    ct state new ip dscp cs1 meta nftrace set 1
    ct state new ip6 dscp cs1 meta nftrace set 1; }
}"""


def attributes(data):
    """The netlink attributes of a message, by number."""
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack("=HH", data[:4])
        if length < 4:
            break
        found[kind & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def messages(data):
    while len(data) >= 16:
        length, kind = struct.unpack("=IH", data[:6])
        if length < 16:
            break
        # After the header comes struct nfgenmsg, whose first byte is the table's family.
        yield kind, data[16], data[20:length]
        data = data[(length + 3) & ~3:]


class Tracer:
    """Listens in so many places of a lab while the body runs."""

    def __init__(self, lab, places):
        self.lab, self.places, self.sockets, self.texts = lab, places, {}, {}

    def __enter__(self):
        for place in self.places:
            ran = self.lab.run_inside(place, ["nft", "-f", "-"], text=RULES)
            if ran.returncode != 0:
                raise OSError(f"nft in {place}: {ran.stderr}")
            with self.lab.inside(place):
                listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, NETLINK_NETFILTER)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                listener.bind((0, 1 << (GROUP_TRACE - 1)))
            self.sockets[place] = listener
        self.since = time.monotonic()
        return self

    def settle(self):
        """Waits until the lab has seen that someone was at its kernels' rules, and has made its own anew (D56): their
        handles change with that."""
        time.sleep(max(0, self.since + 1 - time.monotonic()))
        self.heard()

    def __exit__(self, *_):
        for place, listener in self.sockets.items():
            listener.close()
            self.lab.run_inside(place, ["nft", "delete", "table", "inet", "agree"])

    def heard(self):
        """The rules met since the last call, by place, in order: (chain, rule)."""
        return {place: found for place in self.places if (found := self.heard_in(place))}

    def heard_in(self, place):
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                for kind, family, data in messages(self.sockets[place].recv(1 << 16)):
                    event = attributes(data) if kind == MESSAGE_TRACE else {}
                    if event.get(TABLE) != b"lab\0" or HANDLE not in event or event[TYPE][3] != TYPE_RULE:
                        continue
                    handle = struct.unpack(">Q", event[HANDLE])[0]
                    found.append((event[CHAIN].rstrip(b"\0").decode(), self.rule(place, family, handle)))
        return found

    def rule(self, place, family, handle):
        """The rule as nft prints it, without its comment."""
        if (place, family, handle) not in self.texts:
            table = ["ip6" if family == socket.AF_INET6 else "ip", "lab"]
            listing = self.lab.run_inside(place, ["nft", "--handle", "--stateless", "list", "table", *table]).stdout
            for line in listing.splitlines():
                found = re.match(r"\s+(.*\S) # handle (\d+)$", line)
                if found:
                    self.texts[place, family, int(found[2])] = re.sub(r' comment "[^"]*"$', "", found[1])
        return self.texts.get((place, family, handle), f"handle {handle}")


def places(made):
    """Where rules are nftables': at the edge always, on nodes in that mode."""
    return ["edge", *(made["nodes"] if made["mode"] == "nftables" else [])]


def met(way, places):
    """The same of a journey."""
    found = {}
    for rule in way.rules or []:
        if rule["namespace"] in places:
            found.setdefault(rule["namespace"], []).append((rule["chain"], rule["rule"]))
    return found
