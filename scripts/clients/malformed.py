# SPDX-License-Identifier: Apache-2.0
"""Sends malformed requests to a lab's API: malformed.py COUNT SEED [DAEMON_PID]

Mutated paths, header fields, bodies (JSON, YAML, protobuf, patches), WebSocket frames and SPDY frames to a Pod named `web`;
broken TLS, endless headers, bodies without end, pipelined garbage, connections that say nothing. Each must be answered
with a Status or be a well-formed answer; the server must answer all the time, and must not leak descriptors or memory.
Runs within the lab's host namespace with KUBECONFIG set.
"""
import base64
import json
import os
import random
import socket
import struct
import sys
import time
import zlib

from lab_api import API

count, seed = int(sys.argv[1]), int(sys.argv[2])
choose = random.Random(seed)
api = API()
pid = int(sys.argv[3]) if len(sys.argv) > 3 else None
host, port = api.host.split(":")

pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "labels": {"a": "b"}}, "spec": {
    "containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80}]}]}}
paths = [
    "/api/v1/namespaces/default/pods", "/api/v1/namespaces/default/services/kubernetes", "/apis/apps/v1/deployments",
    "/api/v1/nodes/node-1", "/apis", "/api/v1?x=%zz", "/openapi/v3/api/v1", "/api/v1/namespaces/default/pods/x/exec?command=ls",
    "/api/v1/pods?limit=1&continue=abc", "/api/v1/pods?watch=1&resourceVersion=1&timeoutSeconds=1",
    "/api/v1/namespaces/default/configmaps?labelSelector=a%3Db", "/apis/discovery.k8s.io/v1/endpointslices",
    "/api/v1/namespaces/default/services/kubernetes:https/proxy/", "/metrics", "/version",
]
web = "/api/v1/namespaces/default/pods/web"
paths += [
    "/api/v1/pods?watch=1&resourceVersion=-1", "/api/v1/pods?watch=true&resourceVersion=18446744073709551616",
    "/api/v1/pods?watch=yes&timeoutSeconds=-99999999999999999999", "/api/v1/pods?watch=1&sendInitialEvents=true",
    "/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1&timeoutSeconds=1",
    "/api/v1/pods?limit=-1", "/api/v1/pods?limit=99999999999999999999", "/api/v1/pods?resourceVersion=9223372036854775807",
    "/api/v1/pods?labelSelector=a+in+%28b%2C%29%2C%21c%2Cd%3D%3D%3De", "/api/v1/pods?fieldSelector=%3D%2C%3D%5C%2C",
    web + "/log?tailLines=-1&sinceSeconds=-1", web + "/log?tailLines=9223372036854775807&limitBytes=1&timestamps=1",
    web + "/log?sinceTime=9999-99-99T99%3A99%3A99Z&follow=1&container=none", web + "/exec?stdin=1",
    web + "/exec?" + "&".join("command=%d" % number for number in range(10_000)), web + "/portforward?ports=99999",
    web + ":99999/proxy/", web + "/proxy/" + "../" * 50 + "etc/passwd", web + "/attach?container=%00",
    "/apis/apps/v1/namespaces/default/deployments/x/scale", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
]

types = [
    "application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/merge-patch+json",
    "application/strategic-merge-patch+json", "application/json-patch+json", "application/apply-patch+yaml", "text/plain", "",
]


def mutate(data):
    data = bytearray(data)
    for _ in range(choose.randint(0, 6)):
        kind = choose.randint(0, 4)
        at = choose.randrange(len(data) + 1)
        if kind == 0 and data:
            data[at % len(data)] = choose.randrange(256)
        elif kind == 1:
            data[at:at] = bytes(choose.randrange(256) for _ in range(choose.randint(1, 8)))
        elif kind == 2:
            del data[at:at + choose.randint(1, 10)]
        elif kind == 3:
            data[at:at] = choose.choice([b"{", b"[", b'"', b"null", b"-1", b"1e999", b"\\u0000", b"%00", b"..", b"\xff\xfe"])
        else:
            data[at:at] = data[at:at + choose.randint(1, 200)]
    return bytes(data)


def recorded():
    """What kubectl sent as protobuf, by path; read from the tests' data if they are there."""
    name = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/Fixtures/protobuf-bodies.jsonl")
    lines = [json.loads(line) for line in open(name)] if os.path.exists(name) else []
    return [(line["path"], base64.b64decode(line["protobuf"])) for line in lines if "protobuf" in line]


protobufs = recorded()


def body():
    kind = choose.randint(0, 3)
    if kind == 0:
        return mutate(json.dumps(pod).encode())
    if kind == 1:
        return mutate(b"k8s\0\n\x09\n\x02v1\x12\x03Pod\x12\x10\n\x0c\n\x01x\x12\x00\x1a\x00\"\x00*\x002\x00\x12\x00\x1a\x00\x22\x00")
    if kind == 2:
        return mutate(json.dumps([{"op": "replace", "path": "/spec/x", "value": 1}]).encode())
    return b"[" * choose.randint(1, 5000) if choose.random() < 0.5 else b""


def request():
    path = mutate(choose.choice(paths).encode()) if choose.random() < 0.6 else choose.choice(paths).encode()
    path = path.replace(b" ", b"%20").replace(b"\r", b"").replace(b"\n", b"")
    method = choose.choice([b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"BREW", b"\xffX"])
    payload = body() if method in (b"POST", b"PUT", b"PATCH", b"DELETE") else b""
    fields = [b"Host: x", b"Authorization: Bearer " + api.token.encode(), b"Connection: close"]
    if payload:
        fields += [b"Content-Length: %d" % len(payload), b"Content-Type: " + choose.choice(types).encode()]
    if choose.random() < 0.2:
        fields.append(mutate(b"Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json").replace(b"\n", b""))
    if choose.random() < 0.1:
        fields.append(mutate(b"X-Field: " + b"y" * choose.randint(1, 100)))
    return method + b" /" + path.lstrip(b"/") + b" HTTP/1.1\r\n" + b"\r\n".join(fields) + b"\r\n\r\n" + payload


def from_recorded():
    """A recorded protobuf body, mutated, to where it belongs; nothing of it is kept."""
    path, data = choose.choice(protobufs)
    payload = mutate(data)
    method = choose.choice([b"POST", b"PUT", b"PATCH", b"DELETE"])
    head = b"%s %s?dryRun=All HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n" % (
        method, path.encode(), api.token.encode())
    return head + b"Content-Type: application/vnd.kubernetes.protobuf\r\nContent-Length: %d\r\n\r\n" % len(payload) + payload


def crowded():
    """Requests that are too large in one way, or followed by something that is none."""
    head = b"GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + api.token.encode() + b"\r\n"
    kind = choose.randint(0, 5)
    if kind == 0:
        return head + b"X: " + b"y" * choose.choice([60_000, 70_000, 1 << 20]) + b"\r\n\r\n"
    if kind == 1:
        return head + b"".join(b"X-%d: y\r\n" % number for number in range(choose.choice([100, 20_000]))) + b"\r\n"
    if kind == 2:
        return head.replace(b"GET /version", b"POST /api/v1/namespaces/default/configmaps") + (
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % choose.choice([1 << 22, 1 << 40, 1 << 63, 1 << 70]))
    if kind == 3:
        return head.replace(b"GET /version", b"POST /api/v1/namespaces/default/configmaps") + (
            b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            + choose.choice([b"zz\r\n", b"ffffffffffffffff\r\n", b"-1\r\n", b"10000\r\n" + b"[" * 65536 + b"\r\n0\r\n\r\n"]))
    if kind == 4:
        return head + b"Connection: close\r\n\r\n" + bytes(choose.randrange(256) for _ in range(2000))
    return (head + b"\r\n") * choose.randint(1, 50) + head.replace(b"\r\nHost", b"\r\nConnection: close\r\nHost") + b"\r\n"


def spdy_frame(kind, flags, payload):
    return struct.pack("!HHI", 0x8003, kind, flags << 24 | len(payload) & 0xffffff) + payload


def spdy():
    what = choose.choice(["exec?command=cat&stdin=true&stdout=true", "portforward", "attach?stdout=true"])
    head = (b"POST " + web.encode() + b"/" + what.encode() + b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + api.token.encode()
            + b"\r\nUpgrade: SPDY/3.1\r\nConnection: Upgrade\r\nContent-Length: 0\r\nX-Stream-Protocol-Version: "
            + choose.choice([b"v4.channel.k8s.io", b"portforward.k8s.io", b"v9"]) + b"\r\n\r\n")
    packer = zlib.compressobj()
    frames = b""
    for number in range(choose.randint(0, 5)):
        names = {b"streamtype": choose.choice([b"stdin", b"stdout", b"error", b"data", b"x" * 70_000]),
                 b"port": choose.choice([b"8080", b"0", b"99999"]), b"requestid": b"1"}
        block = struct.pack("!I", choose.choice([len(names), 1 << 31])) + b"".join(
            struct.pack("!I", len(text)) + text for pair in names.items() for text in pair)
        block = packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)
        frames += spdy_frame(1, 0, struct.pack("!IIH", choose.choice([1, 2 * number + 1, 4]), 0, 0) + block)
        frames += struct.pack("!II", 2 * number + 1, choose.choice([5, 1 << 24 | 5, 0xffffff])) + b"hello"
        frames += spdy_frame(choose.randint(2, 12), 0, bytes(choose.randrange(256) for _ in range(choose.randint(0, 12))))
    return head + (mutate(frames) if choose.random() < 0.5 else frames)


def frames():
    key = base64.b64encode(bytes(choose.randrange(256) for _ in range(16)))
    head = (b"GET /api/v1/namespaces/default/pods/web/exec?command=cat&stdin=true&stdout=true HTTP/1.1\r\nHost: x\r\n"
            b"Authorization: Bearer " + api.token.encode() + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n")
    payload = mutate(b"\x00hello")
    frame = struct.pack("!BB", 0x80 | choose.randrange(16), 0x80 | min(len(payload), 125)) + b"\0\0\0\0" + payload[:125]
    return head + mutate(frame)


def is_whole(answer):
    """True if an answer's length is known and reached: a connection may stay open for a moment after it."""
    head, end, text = answer.partition(b"\r\n\r\n")
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(end and length) and len(text) >= int(length[0].split(b":")[1])


def send(data, seconds):
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        with api.context.wrap_socket(plain, server_hostname=host) as connection:
            connection.settimeout(seconds)
            try:
                connection.sendall(data)
                answer = b""
                while len(answer) < 1 << 20 and not is_whole(answer) and (piece := connection.recv(65536)):
                    answer += piece
                return answer
            except (ConnectionError, OSError) as error:
                return b"" if not isinstance(error, TimeoutError) else b"TIMEOUT"


def broken_tls():
    """Something else than a TLS client, or one that goes in the middle of its greeting."""
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        greeting = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(choose.randrange(256) for _ in range(200))
        data = choose.choice([b"GET / HTTP/1.1\r\n\r\n", greeting, mutate(greeting), b"", b"\x80" * 5000])
        try:
            plain.sendall(data)
        except OSError:
            pass


def is_served():
    """True if somebody with a token is served while others hold on to all the connections that there are."""
    held = []
    try:
        for number in range(1500):
            plain = socket.create_connection((host, int(port)), timeout=10)
            plain.setblocking(False)
            if number % 3 == 0:
                plain.send(b"\x16\x03\x01")
            held.append(plain)
        started = time.time()
        answer = send(b"GET /api/v1/nodes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + api.token.encode() + b"\r\n\r\n", 5)
        return answer.startswith(b"HTTP/1.1 200") and time.time() - started < 5
    except OSError:
        return False
    finally:
        for plain in held:
            plain.close()


def without_token():
    """What a client without a token is told, beside health and version."""
    told = []
    for path in ["/api", "/apis", "/api/v1/pods", "/openapi/v3", "/metrics", "/api/v1/namespaces/default/secrets", "/logs", "/none"]:
        for token in [b"", b"Authorization: Bearer wrong\r\n", b"Authorization: Basic YTpi\r\n"]:
            answer = send(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\n" + token + b"Connection: close\r\n\r\n", 5)
            if answer[9:12] not in (b"401", b"403"):
                told.append((answer[9:12].decode("latin-1"), path, answer[-200:].decode("latin-1")))
    return told


def descriptors():
    return len(os.listdir(f"/proc/{pid}/fd")) if pid else 0


def kilobytes():
    lines = open(f"/proc/{pid}/status").read().splitlines() if pid else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


outcomes, wrong = {}, []
before, room = descriptors(), kilobytes()
kinds = [request] * 70 + [frames] * 10 + [spdy] * 10 + [crowded] * 5 + ([from_recorded] * 15 if protobufs else [])
for number in range(count):
    if number % 50 == 0:
        broken_tls()
    kind = choose.choice(kinds)
    data = kind()
    is_frames = kind in (frames, spdy)
    # A watch goes on, and so does a command in a container.
    goes_on = is_frames or any(word in data.split(b"\r\n", 1)[0] for word in (b"watch", b"exec", b"follow", b"attach"))
    # Nobody answers a request that has not ended.
    goes_on = goes_on or kind == crowded
    answer = send(data, 0.2 if goes_on else 5)
    status = answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.1 ") else answer[:8].decode("latin-1") or "closed"
    outcomes[status] = outcomes.get(status, 0) + 1
    text = answer.split(b"\r\n\r\n", 1)[-1]
    is_head = data.startswith(b"HEAD")
    # What a Pod answers through a proxy is its own affair.
    is_own = b"proxy" not in data.split(b"\r\n", 1)[0]
    if status.isdigit() and int(status) >= 400 and not is_head and is_own and b'"kind":"Status"' not in text.replace(b" ", b""):
        wrong.append((status, data[:200].decode("latin-1"), answer[:300].decode("latin-1")))
    if status == "TIMEOUT" and not goes_on or status == "closed" and not is_frames or status == "500" and is_own and not is_frames:
        wrong.append((status, data[:400].decode("latin-1"), answer[-300:].decode("latin-1")))
wrong += without_token()
if not is_served():
    wrong.append(("none", "one with a token beside 1500 others", ""))
for _ in range(50):
    time.sleep(0.1)
    if descriptors() <= before + 8:
        break
api.connection = api.connect()
assert api.call("GET", "/version")["gitVersion"]
after = descriptors()
print(json.dumps({"seed": seed, "requests": count, "outcomes": outcomes, "descriptors": [before, after], "kilobytes": [room, kilobytes()],
                  "wrong": len(wrong)}))
for status, asked, answered in wrong[:10]:
    print(json.dumps({"status": status, "asked": asked, "answered": answered}))
sys.exit(1 if wrong or after > before + 8 else 0)
