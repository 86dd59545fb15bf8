# SPDX-License-Identifier: Apache-2.0
"""How long a client's PATCH of one endpoint takes until its answer: patch_endpoint.py LAB CHANGES

Runs within the lab's host namespace with KUBECONFIG set. Prints a line of JSON with quantiles in milliseconds, and after
how many answers a node's kernel had not committed anything yet: its count of commits (NFT_MSG_GETGEN) is read before each
request and after each answer.
"""
import ctypes
import json
import os
import socket
import struct
import sys
import time

from lab_api import API, quantile

lab, changes = sys.argv[1], int(sys.argv[2])
api = API()
libc = ctypes.CDLL(None, use_errno=True)


class Commits:
    """How many batches of nftables were committed in a namespace."""

    def __init__(self, node):
        own, there = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(f"/run/netns/lab-{lab}-{node}", os.O_RDONLY)
        if libc.setns(there, 0):
            raise OSError(ctypes.get_errno(), "setns")
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        self.socket.bind((0, 0))
        libc.setns(own, 0)

    def count(self):
        self.socket.send(struct.pack("=IHHIIBBH", 20, 10 << 8 | 16, 1, 1, 0, 0, 0, 0))
        answer = self.socket.recv(4096)
        return struct.unpack_from("!I", answer, 24)[0]


path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
names = [item["metadata"]["name"] for item in api.call("GET", path + "?limit=500")["items"]]
names = [name for name in names if name.endswith("-a")]
nodes = [Commits(node["metadata"]["name"]) for node in api.call("GET", "/api/v1/nodes")["items"]]
times, late = [], 0
for number in range(changes):
    name = names[number // 2 * 7 % len(names)]
    if number % 2 == 0:
        endpoints = api.call("GET", f"{path}/{name}")["endpoints"]
    endpoints[3]["conditions"]["ready"] = number % 2 == 1
    before = [node.count() for node in nodes]
    start = time.perf_counter()
    api.call("PATCH", f"{path}/{name}", {"endpoints": endpoints}, "application/merge-patch+json")
    times.append((time.perf_counter() - start) * 1e3)
    late += any(node.count() == count for node, count in zip(nodes, before))
print(json.dumps({
    "count": changes, "late": late, "p50": quantile(times, 0.5), "p90": quantile(times, 0.9), "p99": quantile(times, 0.99),
    "max": max(times)}))
