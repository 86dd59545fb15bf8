# SPDX-License-Identifier: Apache-2.0
"""How long after an endpoint's change the answers of DNS are others: names_latency.py SERVER CHANGES

Runs within the lab's host namespace with KUBECONFIG set. Prints a line of JSON: milliseconds from the moment when a
client's watch has the event until the first changed answer (0 if the answer was first), and from the request. A process
of its own asks without a pause, so that the clock of both is the machine's.
"""
import json
import multiprocessing
import socket
import struct
import sys
import threading
import time

from lab_api import API, quantile

server, changes = sys.argv[1], int(sys.argv[2])
path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"


def ask(asking):
    """Asks for the name that the pipe brings until its answer is as wanted, and gives the time and how long one answer took."""
    socket_ = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    socket_.connect((server, 53))
    socket_.settimeout(1)
    number = 0

    def answer(name):
        nonlocal number
        number = number + 1 & 0xffff
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        socket_.send(struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1")
        while True:
            message = socket_.recv(1500)
            if struct.unpack_from("!H", message)[0] == number:
                return message[3] & 15 == 0 and message[7] > 0

    while question := asking.recv():
        name, wanted = question
        asking.send(answer(name) != wanted)
        end = time.monotonic() + 5
        while answer(name) != wanted and time.monotonic() < end:
            pass
        asking.send(time.monotonic())


own, its = multiprocessing.Pipe()
asking = multiprocessing.get_context("fork").Process(target=ask, args=(its,), daemon=True)
asking.start()
api = API()
events, lock = {}, threading.Condition()


def watch(version):
    response = api.send("GET", f"{path}?watch=true&resourceVersion={version}", connection=api.connect())
    while line := response.readline():
        now = time.monotonic()
        with lock:
            events[json.loads(line)["object"]["metadata"]["resourceVersion"]] = now
            lock.notify_all()


listed = api.call("GET", path + "?limit=500")
names = [item["metadata"]["name"] for item in listed["items"] if item["metadata"]["name"].endswith("-a")]
threading.Thread(target=watch, args=(listed["metadata"]["resourceVersion"],), daemon=True).start()
time.sleep(0.3)
after_event, after_request, unsettled = [], [], 0
for number in range(changes):
    name = names[number // 2 * 7 % len(names)]
    if number % 2 == 0:
        endpoints = api.call("GET", f"{path}/{name}")["endpoints"]
    endpoint = endpoints[3]
    is_ready = number % 2 == 1
    endpoint["conditions"]["ready"] = is_ready
    own.send((f"{endpoint['addresses'][0].replace('.', '-')}.{name[:-2]}.default.svc.cluster.local", is_ready))
    unsettled += not own.recv()
    start = time.monotonic()
    changed = api.call("PATCH", f"{path}/{name}", {"endpoints": endpoints}, "application/merge-patch+json")
    answered = own.recv()
    version = changed["metadata"]["resourceVersion"]
    with lock:
        lock.wait_for(lambda: version in events, 5)
        after_event.append(max(0.0, (answered - events.get(version, float("-inf"))) * 1e3))
    after_request.append((answered - start) * 1e3)
own.send(None)


def quantiles(values):
    return {"p50": quantile(values, 0.5), "p99": quantile(values, 0.99), "max": max(values)}


print(json.dumps({
    "changes": changes, "unsettled": unsettled, "afterEvent": quantiles(after_event), "afterRequest": quantiles(after_request)}))
