# SPDX-License-Identifier: Apache-2.0
"""DNS under load, beside servers of Debian with the same names in the same run: names.py [RUNS SECONDS]

A lab of one node with 10,000 Services and 50,000 endpoint records. Its own server answers in a Pod of kube-dns; dnsmasq, and
knot if it is installed, answer in another Pod of that node, from files with the same names. A program in a third Pod
(scripts/clients/queries.c) asks for addresses of Services and of endpoints, half and half, by chance: 20,000 times a second,
and as fast as it is answered. The servers have one processor, all of them the same one, and the client has another. Then
an endpoint goes and comes, and a client's watch and queries tell when each knows.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

from labs import PROGRAM, ROOT, Lab, keep, kept, median, output, services, work

SERVICES, ENDPOINTS, RATE = 10_000, 5, 20_000
RUNS, SECONDS = (int(word) for word in sys.argv[1:3] or ("3", "5"))
SERVER_PROCESSOR, CLIENT_PROCESSOR = "0", str((os.cpu_count() or 2) - 1)
ZONE = "default.svc.cluster.local"


def pods():
    """Without variables for Services: 10,000 are more than a program can be started with."""
    return kept("\n---\n".join(json.dumps({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"enableServiceLinks": False, "containers": [{"name": "web", "image": "web", "ports": [{"containerPort": 8080}]}]}})
        for name in ("client", "theirs")), "names-pods.yaml")


def addresses(lab):
    """Each name that is asked for, and its address."""
    listed = output(
        PROGRAM, "kubectl", "--lab", lab.name, "get", "services", "-o",
        'jsonpath={range .items[*]}{.metadata.name} {.spec.clusterIP}{"\\n"}{end}')
    for line in listed.splitlines():
        name, address = line.split()
        if name.startswith("s"):
            yield f"{name}.{ZONE}", address
    for index in range(SERVICES * ENDPOINTS):
        address = f"10.{128 + index // 62500 % 100}.{index // 250 % 250}.{index % 250 + 2}"
        yield f"{address.replace('.', '-')}.s{index // ENDPOINTS}.{ZONE}", address


def questions(names):
    """The file of what is asked: as many Services as endpoints."""
    of_services = [name for name, _ in names if name.count(".") == 4]
    of_endpoints = [name for name, _ in names if name.count(".") == 5]
    lines = [f"{name} 1\n" for name in of_services * ENDPOINTS + of_endpoints]
    return kept("".join(lines), "questions"), kept("".join(line.replace(" 1\n", " A\n") for line in lines), "dnsperf")


def processor_seconds(process):
    """Of all threads, user and system."""
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    """One that is measured: what it is called, where it answers, and its process."""

    def __init__(self, name, address, process):
        self.name, self.address, self.process = name, address, process
        self.steady, self.most, self.shares, self.dnsperf = [], [], [], []

    def figures(self):
        def middle(values, field):
            return median(value[field] for value in values)
        return {
            "server": self.name, "sent": sum(run["sent"] for run in self.steady),
            "lost": sum(run["lost"] for run in self.steady), "wrong": sum(run["wrong"] for run in self.steady + self.most),
            "p50": middle(self.steady, "p50"), "p99": middle(self.steady, "p99"),
            "p999": middle(self.steady, "p999"), "max": max(run["max"] for run in self.steady),
            "processor": median(self.shares), "rate": middle(self.most, "rate"), "rates": [run["rate"] for run in self.most],
            "dnsperf": median(self.dnsperf) if self.dnsperf else None}


class Theirs:
    """A server of Debian in a Pod's network namespace."""

    def __init__(self, lab, *words):
        self.words = ["nsenter", f"--net={lab.namespace('default.theirs')}", "taskset", "-c", SERVER_PROCESSOR, *words]

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return self.process.pid

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def dnsmasq(lab, address, names):
    """From a hosts file: its own records would be searched one by one."""
    hosts = kept("".join(f"{address} {name}\n" for name, address in names), "hosts")
    config = kept(
        f"no-resolv\nno-hosts\naddn-hosts={hosts}\nlisten-address={address}\nbind-interfaces\nlocal=/cluster.local/\n"
        "local-ttl=30\nuser=root\npid-file=\ncache-size=10000\n", "dnsmasq.conf")
    return Theirs(lab, shutil.which("dnsmasq", path=f"{os.environ['PATH']}:/usr/sbin"), "-k", "-C", config)


def knot(lab, address, names):
    zone = kept(
        "$ORIGIN cluster.local.\n$TTL 30\n@ SOA ns.dns hostmaster 1 7200 1800 86400 30\n@ NS ns.dns\nns.dns A 10.96.0.10\n"
        + "".join(f"{name}. A {address}\n" for name, address in names), "cluster.local.zone")
    config = kept(
        f"server:\n  rundir: {work.name}\n  listen: {address}@53\n  udp-workers: 1\n  tcp-workers: 1\n"
        f"  background-workers: 1\n  user: root:root\ndatabase:\n  storage: {work.name}\nlog:\n  - target: stderr\n    any: error\n"
        f"zone:\n  - domain: cluster.local\n    file: {zone}\n    zonefile-load: whole\n    journal-content: none\n", "knot.conf")
    return Theirs(lab, shutil.which("knotd", path=f"{os.environ['PATH']}:/usr/sbin"), "-c", config)


class Client:
    """What asks, in a Pod of its own."""

    def __init__(self, lab, names):
        self.enter = ["nsenter", f"--net={lab.namespace('default.client')}", "taskset", "-c", CLIENT_PROCESSOR]
        self.questions, self.dnsperf_questions = questions(names)
        self.program = os.path.join(work.name, "queries")
        subprocess.run(["gcc", "-O2", "-o", self.program, f"{ROOT}/scripts/clients/queries.c"], check=True)

    def ask(self, address, rate, seconds):
        return json.loads(output(*self.enter, self.program, address, "53", str(rate), str(seconds), self.questions))

    def dnsperf(self, address, seconds):
        """Queries a second by Debian's own program for the purpose, with as many waiting for their answers."""
        printed = output(
            *self.enter, "dnsperf", "-s", address, "-d", self.dnsperf_questions, "-l", str(seconds), "-c", "16", "-q", "256",
            stderr=subprocess.DEVNULL)
        return next(float(line.split(":")[1]) for line in printed.splitlines() if "Queries per second" in line)

    def await_answer(self, address):
        for _ in range(100):
            if self.ask(address, 100, 0.1)["wrong"] == 0 and self.ask(address, 100, 0.1)["lost"] == 0:
                return
            time.sleep(0.1)
        sys.exit(f"{address} does not answer")

    def measure(self, server):
        before, start = processor_seconds(server.process), time.monotonic()
        server.steady.append(self.ask(server.address, RATE, SECONDS))
        server.shares.append((processor_seconds(server.process) - before) / (time.monotonic() - start - 0.05))
        server.most.append(self.ask(server.address, 0, SECONDS))
        if shutil.which("dnsperf"):
            server.dnsperf.append(self.dnsperf(server.address, SECONDS))


def daemon(lab):
    with open(f"/run/lab/{lab.name}/lab.json") as file:
        return json.load(file)["daemon"]


with Lab("names", [pods(), *services(SERVICES, ENDPOINTS)], nodes=1) as lab:
    names = list(addresses(lab))
    process = daemon(lab)
    subprocess.run(["taskset", "-a", "-p", "-c", SERVER_PROCESSOR, str(process)], check=True, stdout=subprocess.DEVNULL)
    own = output(
        PROGRAM, "kubectl", "--lab", lab.name, "-n", "kube-system", "get", "pods", "-l", "k8s-app=kube-dns", "-o",
        "jsonpath={.items[0].status.podIP}")
    cluster = lab.field("-n kube-system service kube-dns", ".spec.clusterIP")
    their = lab.field("pod theirs", ".status.podIP")
    client = Client(lab, names)
    servers = [Server("lab", own, process), Server("lab, through kube-dns", cluster, process)]
    makers = {"dnsmasq": dnsmasq, "knot": knot}
    others = {name: Server(name, their, 0) for name, program in (("dnsmasq", "dnsmasq"), ("knot", "knotd"))
              if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")}
    if not others:
        sys.exit("there is nothing to measure beside: apt install dnsmasq-base knot")
    for server in servers:
        client.await_answer(server.address)
    for _ in range(RUNS):
        for server in servers:
            client.measure(server)
        for name, server in others.items():
            with makers[name](lab, their, names) as server.process:
                client.await_answer(their)
                client.measure(server)
    memory = lab.memory()
    changes = lab.client("names_latency.py", cluster, 500)

print(f"{len(names)} names; {RUNS} runs of {SECONDS} s each, in turns; one processor for the server, one for the client")
print(f"server                 | {RATE} queries/s: lost of     |  p50 ms     p99   p99.9     max | processor | most answers/s"
      "  (least to most)     dnsperf")
rows = [server.figures() for server in [*servers, *others.values()]]
for row in rows:
    print(f"{row['server']:22} | {row['lost']:17} {row['sent']:9} | {row['p50']:7.3f} {row['p99']:7.3f} {row['p999']:7.3f}"
          f" {row['max']:7.2f} | {row['processor']:8.0%}  | {row['rate']:14,.0f}  ({min(row['rates']):,.0f} to"
          f" {max(row['rates']):,.0f}) " + (f"{row['dnsperf']:11,.0f}" if row["dnsperf"] else "")
          + (f"   {row['wrong']} WRONG ANSWERS" if row["wrong"] else ""))
print(f"an endpoint out or in, {changes['changes']} times: the changed answer after a watch has the event: "
      f"p50 {changes['afterEvent']['p50']:.2f} ms, p99 {changes['afterEvent']['p99']:.2f}, max {changes['afterEvent']['max']:.2f};"
      f" after the request was sent: p50 {changes['afterRequest']['p50']:.2f} ms, p99 {changes['afterRequest']['p99']:.2f}")
print(f"the daemon's memory: {memory:.0f} MB")
keep({"names": {"rows": rows, "changes": changes, "memory": memory, "names": len(names)}})
