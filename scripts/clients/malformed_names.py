# SPDX-License-Identifier: Apache-2.0
"""Sends malformed DNS messages to a lab's kube-dns: malformed_names.py SERVER COUNT SEED [DAEMON_PID]

Nine in ten over UDP, the others over TCP, some of those with lengths that lie. No answer may be longer than the client has
said that it takes; nothing that says that it is an answer may have one; each must be to a query that was sent. A good query
in between must always be answered, also beside connections that say nothing; descriptors and memory must not grow.
"""
import json
import os
import random
import select
import socket
import struct
import sys
import time

server, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
pid = int(sys.argv[4]) if len(sys.argv) > 4 else None
choose = random.Random(seed)
wrong = []
answers = {"datagrams": 0, "streams": 0}
A, NS, SOA, PTR, TXT, AAAA, SRV, AXFR, ANY = 1, 2, 6, 12, 16, 28, 33, 252, 255


def labels(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def query(name, kind=A, flags=0x0100, size=None, number=0):
    option = b"" if size is None else struct.pack("!BHHIH", 0, 41, size, 0, 0)
    return struct.pack("!6H", number, flags, 1, 0, 0, size is not None) + labels(name) + struct.pack("!HH", kind, 1) + option


GOOD = query("kubernetes.default.svc.cluster.local")
NAMES = [
    "kubernetes.default.svc.cluster.local", "kube-dns.kube-system.svc.cluster.local", "_https._tcp.kubernetes.default.svc.cluster.local",
    "web.default.svc.cluster.local", "_http._tcp.web.default.svc.cluster.local", "10-244-1-2.default.pod.cluster.local",
    "1.0.96.10.in-addr.arpa", "dns-version.cluster.local", "cluster.local", "ns.dns.cluster.local", "svc.cluster.local", ".",
    "outside.example.com", "nobody.default.svc.cluster.local", "1.0.0.0.ip6.arpa", "a." * 120 + "cluster.local"]


def seeds():
    for name in NAMES:
        for kind in (A, NS, SOA, PTR, TXT, AAAA, SRV, AXFR, ANY):
            for size in (None, 0, 512, 1232, 65535):
                yield query(name, kind, size=size)
    good = GOOD[12:]
    for flags in (0x8180, 0x2800, 0x2000, 0x1000, 0x0000, 0x7fff, 0xffff):
        yield query("kubernetes.default.svc.cluster.local", flags=flags, size=4096)
    # A name that points at itself, two that point at each other, ahead, and into the header.
    for pointer in (b"\xc0\x0c", b"\xc0\x0e\xc0\x0c", b"\xc0\xff", b"\xc0\x00", b"\x01a\xc0\x0c", b"\x3f" + b"a" * 63, b"\x40", b"\x80"):
        yield struct.pack("!6H", 0, 0x0100, 1, 0, 0, 0) + pointer + b"\0\1\0\1"
    for counts in ((0, 0, 0, 0), (2, 0, 0, 0), (65535,) * 4, (1, 65535, 0, 0), (1, 0, 0, 65535), (1, 1, 0, 0)):
        yield struct.pack("!6H", 0, 0x0100, *counts) + good
    yield query("kubernetes.default.svc.cluster.local", size=512) + struct.pack("!BHHIH", 0, 41, 4096, 0, 0)
    yield query("kubernetes.default.svc.cluster.local")[:12] + good + struct.pack("!BHHIH", 0, 41, 4096, 0x10000, 0)
    yield query("kubernetes.default.svc.cluster.local") + b"\xff" * 1400


SEEDS = list(seeds())


def mutated():
    data = bytearray(choose.choice(SEEDS))
    for _ in range(choose.randint(0, 5)):
        kind, at = choose.randint(0, 5), choose.randrange(len(data) + 1)
        if kind == 0 and data:
            data[at % len(data)] = choose.randrange(256)
        elif kind == 1 and data:
            data[at % len(data)] ^= 1 << choose.randrange(8)
        elif kind == 2:
            data[at:at] = bytes(choose.randrange(256) for _ in range(choose.randint(1, 8)))
        elif kind == 3:
            del data[at:at + choose.randint(1, 10)]
        elif kind == 4:
            data[at:at] = choose.choice([b"\xc0\x0c", b"\0", b"\x3f", b"\xff\xff", b"\0\0\x29\xff\xff\0\0\0\0\0\0", GOOD[12:]])
        else:
            data = data[:at]
    return bytes(data)


def skipped(message, at):
    """Where a name ends."""
    while message[at]:
        if message[at] >= 0xc0:
            return at + 2
        at += message[at] + 1
    return at + 1


def room(message):
    """How long an answer may be: what an OPT record says that is found where one may be, or 512."""
    most = 512
    try:
        questions, *counts = struct.unpack_from("!4H", message, 4)
        at = 12
        for _ in range(questions):
            at = skipped(message, at) + 4
        for _ in range(sum(counts)):
            start = at
            at = skipped(message, at)
            kind, size, _, length = struct.unpack_from("!HHIH", message, at)
            if kind == 41 and at == start + 1:
                most = max(most, size)
            at += 10 + length
    except (struct.error, IndexError):
        pass
    return most


def check(sent, answer, most):
    """Finds what must not be in an answer."""
    fault = None
    if len(answer) < 12 or not answer[2] & 0x80:
        fault = "it is no answer"
    elif len(answer) > most:
        fault = f"{len(answer)} bytes, where {most} may be"
    elif len(sent) < 12 or sent[2] & 0x80:
        fault = "to what was no query"
    elif answer[2] & 0x78 != sent[2] & 0x78:
        fault = "another kind of query"
    if fault:
        wrong.append((fault, sent.hex(), answer.hex()))


class Datagrams:
    """A socket, and what was sent from it, by number."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((server, 53))
        self.socket.setblocking(False)
        self.sent, self.number = {}, 0

    def send(self, message):
        self.number = self.number + 1 & 0xffff
        if len(message) >= 2:
            message = struct.pack("!H", self.number) + message[2:]
        self.sent[self.number] = message
        try:
            self.socket.send(message)
        except BlockingIOError:
            pass

    def receive(self):
        while True:
            try:
                answer = self.socket.recv(65536)
            except (BlockingIOError, ConnectionError):
                return
            answers["datagrams"] += 1
            sent = self.sent.pop(struct.unpack_from("!H", answer)[0] if len(answer) > 1 else -1, None)
            if sent is None:
                wrong.append(("nothing was asked", "", answer.hex()))
            else:
                check(sent, answer, room(sent))
                if sent[2:] == GOOD[2:] and (answer[3] & 15 or not answer[7]):
                    wrong.append(("not what a good query is answered with", sent.hex(), answer.hex()))

    def asks(self):
        """True if a good query is answered, if need be the third time: a datagram may be lost where too many are sent."""
        for _ in range(3):
            self.send(GOOD)
            wanted = self.number
            end = time.monotonic() + 1
            while wanted in self.sent and time.monotonic() < end:
                select.select([self.socket], [], [], 0.05)
                self.receive()
            if wanted not in self.sent:
                return True
        return False


def framed(message):
    return struct.pack("!H", len(message)) + message


def read(connection, length):
    data = b""
    while len(data) < length:
        piece = connection.recv(length - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def stream(messages, lies):
    """Sends messages over one connection, and after them a good query, which is answered unless a length was a lie."""
    with socket.create_connection((server, 53), timeout=5) as connection:
        sent = {}
        for number, message in enumerate(messages):
            message = struct.pack("!H", number) + message[2:] if len(message) >= 2 else b"\0\0"
            sent[number] = message
        data = b"".join(framed(message) for message in sent.values())
        if lies:
            data = data[:choose.randrange(len(data))] + struct.pack("!H", choose.randrange(65536))
        else:
            data += framed(struct.pack("!H", 0xffff) + GOOD[2:])
        try:
            connection.sendall(data)
            while not lies:
                answer = read(connection, struct.unpack("!H", read(connection, 2))[0])
                answers["streams"] += 1
                number = struct.unpack_from("!H", answer)[0]
                if number == 0xffff:
                    # What is asked of other servers may come later; here nobody else is asked.
                    return
                check(sent[number], answer, 65535)
        except (ConnectionError, TimeoutError, KeyError) as error:
            if not lies:
                wrong.append((f"the connection: {error!r}", b"".join(map(framed, messages)).hex(), ""))


def descriptors():
    return len(os.listdir(f"/proc/{pid}/fd")) if pid else 0


def kilobytes():
    lines = open(f"/proc/{pid}/status").read().splitlines() if pid else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def send_all(messages):
    done = 0
    while done < messages:
        part = min(100, messages - done)
        for number in range(part * 9 // 10):
            sockets[number % len(sockets)].send(mutated())
        for each in sockets:
            each.receive()
        stream([mutated() for _ in range(part - part * 9 // 10)], choose.random() < 0.2)
        done += part
        if done % 1000 == 0 and not sockets[0].asks():
            wrong.append(("a good query has no answer", "", ""))


sockets = [Datagrams() for _ in range(16)]
if not sockets[0].asks():
    sys.exit(f"{server} does not answer")
first = descriptors()
send_all(count // 10)
before = kilobytes()
held = [socket.create_connection((server, 53), timeout=5) for _ in range(600)]
send_all(count - count // 10)
stream([GOOD], False)
for connection in held:
    connection.close()
for each in sockets:
    each.receive()
for _ in range(150):
    time.sleep(0.1)
    if descriptors() <= first + 2:
        break
after = kilobytes()
if descriptors() > first + 2:
    wrong.append((f"{first} descriptors before, {descriptors()} after", "", ""))
if after > before * 1.1 + 4096:
    wrong.append((f"{before} KB before, {after} after", "", ""))
print(json.dumps({"seed": seed, "messages": count, "answers": answers, "descriptors": [first, descriptors()],
                  "kilobytes": [before, after], "wrong": len(wrong)}))
for fault, sent, answer in wrong[:10]:
    print(json.dumps({"fault": fault, "sent": sent[:600], "answer": answer[:600]}))
sys.exit(1 if wrong else 0)
