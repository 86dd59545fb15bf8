# SPDX-License-Identifier: Apache-2.0
"""Sends malformed requests to a lab's API: malformed.py COUNT SEED

Mutated paths, header fields, bodies (JSON, YAML, protobuf, patches) and WebSocket frames. Each must be answered with a
Status or be a well-formed answer; the server must answer all the time, and must not leak descriptors. Runs within the
lab's host namespace with KUBECONFIG set.
"""
import base64
import json
import os
import random
import socket
import struct
import sys

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


def descriptors():
    return len(os.listdir(f"/proc/{pid}/fd")) if pid else 0


outcomes, wrong = {}, []
before = descriptors()
for number in range(count):
    is_frames = choose.random() < 0.15
    data = frames() if is_frames else request()
    # A watch goes on, and so does a command in a container.
    goes_on = is_frames or any(word in data for word in (b"watch", b"exec", b"follow"))
    answer = send(data, 0.2 if goes_on else 5)
    status = answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.1 ") else answer[:8].decode("latin-1") or "closed"
    outcomes[status] = outcomes.get(status, 0) + 1
    text = answer.split(b"\r\n\r\n", 1)[-1]
    is_head = data.startswith(b"HEAD")
    if status.isdigit() and int(status) >= 400 and not is_head and b'"kind":"Status"' not in text.replace(b" ", b""):
        wrong.append((status, data[:200].decode("latin-1"), answer[:300].decode("latin-1")))
    if status == "TIMEOUT" and not goes_on or status == "closed" and not is_frames or status == "500" and not b"proxy" in data and not is_frames:
        wrong.append((status, data[:400].decode("latin-1"), answer[-300:].decode("latin-1")))
api.connection = api.connect()
assert api.call("GET", "/version")["gitVersion"]
after = descriptors()
print(json.dumps({"seed": seed, "requests": count, "outcomes": outcomes, "descriptors": [before, after], "wrong": len(wrong)}))
for status, asked, answered in wrong[:10]:
    print(json.dumps({"status": status, "asked": asked, "answered": answered}))
sys.exit(1 if wrong or after > before + 8 else 0)
