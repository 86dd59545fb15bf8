# SPDX-License-Identifier: Apache-2.0
"""How long connect() takes through Services, to the Pod directly, and where there are no rules: connections.py [RUNS COUNT]

Several labs are up at once, so that all ways are measured in turns by one program (scripts/floor/connect.c). From one Pod
to a Pod of the same node and to one of another. Ratios are medians over the runs of the ratio within a run.
"""
import json
import signal
import subprocess
import sys

from labs import Lab, compiled, keep, kept, median, output, services

RUNS, COUNT = (int(word) for word in sys.argv[1:3] or ("9", "2000"))
PORT = "9999"


def pods():
    documents = []
    for name, node in ("here", "node-1"), ("there", "node-2"), ("client", "node-1"):
        documents.append({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": {
                # Ten thousand Services make more variables than a program may be started with.
                "enableServiceLinks": False,
                "nodeName": node,
                # 10,000 Services are more variables than a program can be started with.
                "enableServiceLinks": False,
                "containers": [{"name": "web", "image": "web", "ports": [{"containerPort": 8080}]}]}})
        # Of the name that is the last in any order.
        documents.append({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": f"zz-{name}"},
            "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": int(PORT)}]}})
    return kept("\n---\n".join(json.dumps(document) for document in documents), "pods.yaml")


class Ways:
    """The ways that are measured, by name, and what listens at their ends."""

    def __init__(self):
        self.words, self.names, self.listeners = [], [], []

    def add(self, name, lab, address, port):
        self.names.append(name)
        self.words += [lab.namespace("default.client"), address, port]

    def add_lab(self, name, lab, has_services=True):
        for place in "here", "there":
            pod = lab.field(f"pod {place}", ".status.podIP")
            listener = subprocess.Popen(
                [compiled("connect"), "listen", lab.namespace(f"default.{place}"), pod, PORT],
                stdout=subprocess.PIPE, text=True)
            listener.stdout.readline()
            self.listeners.append(listener)
            self.add(f"{name} direct {place}", lab, pod, PORT)
            if has_services:
                address = lab.field(f"service zz-{place}", ".spec.clusterIP")
                self.add(f"{name} service {place}", lab, address, "80")
                if name == "nftables 10000":
                    self.add(f"{name} service again {place}", lab, address, "80")

    def measure(self):
        try:
            medians = json.loads(output(compiled("connect"), "measure", str(RUNS), str(COUNT), *self.words))
        finally:
            for listener in self.listeners:
                listener.send_signal(signal.SIGTERM)
        return dict(zip(self.names, medians))


def lab(name, count, **spec):
    return Lab(name, [*services(count, 10), pods()] if count else [pods()], nodes=2, **spec)


with lab("many", 10_000) as many, lab("one", 0) as one, lab("bare", 0, proxyMode="none") as bare, \
        lab("iptables-many", 1000, proxyMode="iptables") as chains, \
        lab("iptables-one", 0, proxyMode="iptables") as chain:
    ways = Ways()
    ways.add_lab("nftables 10000", many)
    ways.add_lab("nftables 1", one)
    ways.add_lab("iptables 1000", chains)
    ways.add_lab("iptables 1", chain)
    ways.add_lab("none", bare, has_services=False)
    times = ways.measure()

print(f"connect(), {RUNS} runs of {COUNT} connections on each way in turns: microseconds, median of the runs' medians")
for name, runs in sorted(times.items()):
    print(f"  {name:34} {median(runs):7.2f}   ({min(runs):.2f} to {max(runs):.2f})")
figures = {"runs": RUNS, "count": COUNT, "medians": times, "ratios": {}}
print("\nratios, within a run: median (least to most)")
for place in "here", "there":
    for one_way, other in [
            ("nftables 10000 service again", "nftables 10000 service"), ("nftables 10000 service", "nftables 1 service"),
            ("nftables 10000 service", "nftables 10000 direct"), ("nftables 10000 service", "none direct"),
            ("iptables 1 service", "iptables 1 direct"), ("iptables 1000 service", "iptables 1000 direct"),
            ("iptables 1000 service", "nftables 10000 service"), ("nftables 10000 direct", "none direct")]:
        ratios = [a / b for a, b in zip(times[f"{one_way} {place}"], times[f"{other} {place}"])]
        figures["ratios"][f"{one_way} / {other} {place}"] = ratios
        print(f"  {one_way + ' / ' + other:62} {place:6} {median(ratios):.3f}   ({min(ratios):.3f} to {max(ratios):.3f})")
keep({"connections": figures})
print("\n\"again\" is the same way measured twice: what differs from 1 there is the machine's noise.\n"
      "direct: to the Pod's own address, from the same Pod, through the same rules; none: without any rules at all")
