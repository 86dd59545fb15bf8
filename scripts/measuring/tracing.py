# SPDX-License-Identifier: Apache-2.0
"""What a trace costs other connections: tracing.py [ROUNDS COUNT]

One Pod connects through Services, and asks an HTTP server behind them, while the connections of another Pod of the same node are traced (ten a second), and
while nobody traces, in turns: a round is off, on, on, off, so that what drifts meets both alike. Figures are ratios within a
round, on to off; beside them the ratios of the two halves without a trace, which are the machine's noise. The exit code is 1 if a way pays more than 3 %.
"""
import json
import os
import random
import signal
import subprocess
import sys
import threading

from labs import PROGRAM, Lab, compiled, keep, kept, median, output

ROUNDS, COUNT = (int(word) for word in sys.argv[1:3] or ("30", "1000"))
PORT = "9999"
# What a trace may cost those that are not traced.
MOST = 1.03
over = []


def pods():
    documents = []
    for name, node in ("here", "node-1"), ("there", "node-2"), ("client", "node-1"), ("traced", "node-1"):
        documents.append({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": {
                "nodeName": node,
                "containers": [{"name": "web", "image": "web", "ports": [{"containerPort": 8080}]}]}})
    for name in "here", "there":
        documents.append({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"app": name}, "ports": [
                {"name": "web", "port": 80, "targetPort": 8080}, {"name": "bare", "port": 99, "targetPort": int(PORT)}]}})
    return kept("\n---\n".join(json.dumps(document) for document in documents), "pods.yaml")


class Tracing:
    """A trace that is on while the body runs."""

    def __init__(self, lab, address):
        self.lab, self.address = lab, address

    def __enter__(self):
        self.program = subprocess.Popen(
            [PROGRAM, "trace", "--lab", self.lab.name, "--follow", "--from", "default/traced", "--to",
             f"{self.address}:80", "-o", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        ready = self.program.stderr.readline()
        if "tracing" not in ready:
            sys.exit(f"lab trace: {ready}{self.program.stderr.read()}")
        self.journeys = 0
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        return self

    def read(self):
        self.journeys = sum(1 for _ in self.program.stdout)

    def __exit__(self, *_):
        self.program.send_signal(signal.SIGINT)
        self.program.wait(timeout=20)
        self.reader.join()


def keep_on_last_processor(namespace):
    """Who answers has the last processor, as who asks has the first, so that the scheduler's choices are no part of it."""
    for process in output("ip", "netns", "pids", os.path.basename(namespace)).split():
        for thread in os.listdir(f"/proc/{process}/task"):
            os.sched_setaffinity(int(thread), {os.cpu_count() - 1})


class Ways:
    def __init__(self, lab):
        self.lab, self.words, self.names, self.listeners = lab, {"measure": [], "request": []}, [], []
        for place in "here", "there":
            pod = lab.field(f"pod {place}", ".status.podIP")
            listener = subprocess.Popen(
                [compiled("connect"), "listen", lab.namespace(f"default.{place}"), pod, PORT],
                stdout=subprocess.PIPE, text=True)
            listener.stdout.readline()
            self.listeners.append(listener)
            keep_on_last_processor(lab.namespace(f"default.{place}"))
            address = lab.field(f"service {place}", ".spec.clusterIP")
            for verb, port in ("measure", "99"), ("request", "80"):
                self.words[verb] += [lab.namespace("default.client"), address, port]
        self.names = [f"{what}, {node} node" for what in ("connect()", "HTTP request") for node in ("same", "another")]

    def measure(self):
        """Microseconds of each way: medians."""
        return [run[0] for verb in ("measure", "request")
                for run in json.loads(output(compiled("connect"), verb, "1", str(COUNT), *self.words[verb]))]

    def end(self):
        for listener in self.listeners:
            listener.send_signal(signal.SIGTERM)


def interval(ratios):
    """The median, and where it lies in 95 of 100 samples drawn anew from the rounds."""
    dice = random.Random(1)
    drawn = sorted(median(dice.choices(ratios, k=len(ratios))) for _ in range(2000))
    return median(ratios), drawn[50], drawn[1949]


def measure(mode):
    with Lab(f"tracing-{mode}", [pods()], nodes=2, proxyMode=mode) as lab:
        ways = Ways(lab)
        address = lab.field("service there", ".spec.clusterIP")
        journeys, rounds = 0, []
        # These connections are made all the time, traced or not.
        asking = subprocess.Popen(
            ["nsenter", "--net=" + lab.namespace("default.traced"), "sh", "-c",
             f"while :; do curl -s -m 2 -o /dev/null http://{address}:80/; sleep 0.1; done"])
        try:
            ways.measure()
            for _ in range(ROUNDS):
                before = ways.measure()
                with Tracing(lab, address) as tracing:
                    first, second = ways.measure(), ways.measure()
                journeys += tracing.journeys
                rounds.append((before, first, second, ways.measure()))
        finally:
            asking.kill()
            asking.wait()
            ways.end()
    print(f"\n{mode}: {ROUNDS} rounds of {COUNT} connections on each way; {journeys} connections were traced meanwhile")
    figures = {}
    for index, name in enumerate(ways.names):
        ratios = [(one[1][index] + one[2][index]) / (one[0][index] + one[3][index]) for one in rounds]
        noise = [one[3][index] / one[0][index] for one in rounds]
        off = median([(one[0][index] + one[3][index]) / 2 for one in rounds])
        (ratio, low, high), (same, least, most) = interval(ratios), interval(noise)
        print(f"  {name:26} {off:7.2f} µs without; traced / not: {ratio:.3f} (95 %: {low:.3f} to {high:.3f}; "
              f"rounds {min(ratios):.3f} to {max(ratios):.3f}); not / not: {same:.3f} ({least:.3f} to {most:.3f})")
        if ratio >= MOST:
            over.append(f"{mode}, {name}: {ratio:.3f}")
        figures[name] = {"off": off, "ratio": ratio, "interval": [low, high], "noise": [same, least, most]}
    keep({"tracing": {"mode": mode, "rounds": ROUNDS, "count": COUNT, "ways": figures}})


print("connections of a Pod that nobody traces, while another Pod of its node is traced to the same Service, against no "
      "trace at all")
for mode in "nftables", "iptables":
    measure(mode)
if over:
    sys.exit(f"more than {MOST} times: {'; '.join(over)}")
