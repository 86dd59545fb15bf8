# SPDX-License-Identifier: Apache-2.0
"""Packets on the wire: what comes of a connection (or datagram) from a place to an address and port.

An outcome is a short text, the same for what the kernel did and for what a journey of the walker's says:
    answer web-1 seen 10.244.0.2  a server answered; its name, and the client as it saw it
    open                                something listens that does not tell its name
    reset                               refused by the destination itself: nothing listens there
    port-unreachable                    refused on the way, or UDP that nothing listens to: ICMP says so
    unreachable                         no way to go on: ICMP says so, or the sender's own kernel
    silence                             nothing, within the patience
"""
import collections
import contextlib
import errno
import json
import select
import socket
import struct
import time

IP_RECVERR, IPV6_RECVERR = 11, 25
#: How long nothing must come for it to be silence. In IPv6 a refusal may find the socket still busy sending, and then is
#: heard only after the SYN was sent again, which is after one second.
PATIENCE = {"IPv4": 0.7, "IPv6": 1.5}
#: What is asked in datagrams, one after another; the last goes and comes back in fragments.
DATAGRAMS = ("hostname", "clientip", "echo " + 1990 * "x")
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nConnection: close\r\n\r\n"

Packet = collections.namedtuple("Packet", "place protocol address port")


def text(packet):
    address = f"[{packet.address}]" if ":" in packet.address else packet.address
    return f"{packet.protocol} from {packet.place} to {address}:{packet.port}"


class Try:
    """One connection under way."""

    def __init__(self, packet, is_brief=False, tos=0, patience=None):
        self.packet, self.is_brief, self.outcome = packet, is_brief, None
        self.answers, self.bytes, self.state = [], b"", "connecting"
        self.is_v6 = ":" in packet.address
        family = socket.AF_INET6 if self.is_v6 else socket.AF_INET
        kind = socket.SOCK_STREAM if packet.protocol == "tcp" else socket.SOCK_DGRAM
        self.socket = socket.socket(family, kind | socket.SOCK_NONBLOCK)
        if packet.protocol == "tcp":
            # A reset at the end leaves no TIME_WAIT behind.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if self.is_v6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
            if tos:
                self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, tos)
        else:
            self.socket.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
            if tos:
                self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
        self.deadline = time.monotonic() + (patience or PATIENCE["IPv6" if self.is_v6 else "IPv4"])
        try:
            self.socket.connect((packet.address, packet.port))
            self.ask_next()
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail(error.errno)

    def end(self, outcome):
        if self.outcome is None:
            self.outcome = outcome
            self.socket.close()

    def fail(self, code):
        """An error of the socket, in the words of outcomes."""
        if code in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL):
            self.end("unreachable")
        elif code == errno.EPERM:
            # The sender's own kernel refused or dropped it, and says so at once where the protocol lets it.
            self.end("port-unreachable" if self.told_by_icmp() else "silence")
        elif code == errno.ECONNREFUSED:
            told = self.told_by_icmp()
            self.end("port-unreachable" if told or self.packet.protocol == "udp" else "reset")
        else:
            self.end(f"error {errno.errorcode.get(code, code)}")

    def told_by_icmp(self):
        """True if the error came as ICMP, rather than as a reset."""
        with contextlib.suppress(OSError):
            _, control, _, _ = self.socket.recvmsg(512, 512, socket.MSG_ERRQUEUE)
            for _, kind, data in control:
                if kind in (IP_RECVERR, IPV6_RECVERR):
                    return struct.unpack("IBBBBII", data[:16])[1] in (2, 3)
        return False

    def ask_next(self):
        """Sends what is to be asked next."""
        self.state = "asked"
        self.socket.send(REQUEST if self.packet.protocol == "tcp" else DATAGRAMS[len(self.answers)].encode())

    def handle(self, events):
        try:
            code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                return self.fail(code)
            if self.state == "connecting":
                self.deadline = time.monotonic() + 5
                return self.ask_next()
            data = self.socket.recv(65536)
        except BlockingIOError:
            return None
        except OSError as error:
            return self.fail(error.errno)
        if self.packet.protocol == "udp":
            return self.hear_datagram(data)
        self.bytes += data
        return None if data else self.hear_end()

    def hear_datagram(self, data):
        self.answers.append(data.decode(errors="replace"))
        if len(self.answers) == len(DATAGRAMS):
            return self.end(self.answered(*self.answers))
        if self.is_brief:
            return self.end(self.answers[0])
        self.deadline = time.monotonic() + 5
        try:
            return self.ask_next()
        except OSError as error:
            return self.fail(error.errno)

    def hear_end(self):
        """The server has closed: what came is its whole answer."""
        head, _, body = self.bytes.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200") or not body.startswith(b"{\"pod\":"):
            return self.end("open")
        told = json.loads(body)
        return self.end(told["pod"] if self.is_brief else self.answered(told["pod"], told["client"]))

    @staticmethod
    def answered(name, client, echo=1990 * "x"):
        if echo != 1990 * "x":
            return f"{len(echo)} of 1990 bytes"
        return f"answer {name} seen {client.rpartition(':')[0].strip('[]')}"

    def late(self):
        """The time is over: what has been seen is all there is."""
        self.end("silence" if self.state == "connecting" or self.packet.protocol == "udp" else "open")


def run(lab, packets, window=250, **options):
    """Sends all packets, so many at a time; the outcomes in their order."""
    outcomes = [None] * len(packets)
    waiting = collections.deque(enumerate(packets))
    going, poll = {}, select.epoll()

    def begin():
        batch = [waiting.popleft() for _ in range(min(window - len(going), len(waiting)))]
        by_place = collections.defaultdict(list)
        for index, packet in batch:
            by_place[packet.place].append((index, packet))
        for place, list_of_packets in by_place.items():
            with lab.inside(place):
                for index, packet in list_of_packets:
                    attempt = Try(packet, **options)
                    if attempt.outcome is not None:
                        outcomes[index] = attempt.outcome
                        continue
                    going[attempt.socket.fileno()] = (index, attempt)
                    mask = select.EPOLLOUT if attempt.state == "connecting" else select.EPOLLIN
                    poll.register(attempt.socket.fileno(), mask)

    def settle(descriptor):
        index, attempt = going[descriptor]
        if attempt.outcome is not None:
            outcomes[index] = attempt.outcome
            del going[descriptor]

    with contextlib.closing(poll):
        while waiting or going:
            if waiting and len(going) <= window // 2:
                begin()
            for descriptor, events in poll.poll(0.05 if going else 0):
                _, attempt = going[descriptor]
                was = attempt.state
                attempt.handle(events)
                if attempt.outcome is None and was == "connecting":
                    poll.modify(descriptor, select.EPOLLIN)
                settle(descriptor)
            now = time.monotonic()
            for descriptor in [each for each, (_, attempt) in going.items() if attempt.deadline < now]:
                going[descriptor][1].late()
                settle(descriptor)
    return outcomes
