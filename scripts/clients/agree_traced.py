# SPDX-License-Identifier: Apache-2.0
"""What `lab trace` tells of real packets, held against the walker. Started by scripts/agree --traced, in namespaces of its
own: random clusters, or the labs under Labs/, in both proxy modes.

Of each connection: one journey is told; the daemon says that it went as predicted, and so say we, from the walker's own
journeys; each hop that a rule caused names an object, a field, and file:line where a manifest has the object. At the end
all rules of all namespaces are byte for byte what they were before."""
import argparse
import collections
import glob
import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import time
import traceback

import agree_check
import agree_cluster
import agree_packets
import agree_questions
from agree_lab import Failed, Lab

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/agree --traced", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first cluster's seed; the next have the next")
    parser.add_argument("--flows", type=int, default=200, help="connections in each mode, over all clusters")
    parser.add_argument("--each", type=int, default=10, help="connections of one cluster, or lab, and mode")
    parser.add_argument("--labs", nargs="*", help="instead of random clusters these files; all under Labs if none is named")
    parser.add_argument("--mode", choices=["nftables", "iptables", "both"], default="both")
    parser.add_argument("--families", default="v4,v6,dual,dual6", help="of v4, v6, dual, dual6")
    parser.add_argument("--jobs", type=int, default=2, help="labs at a time")
    parser.add_argument("--lab", default=os.environ.get("LAB_BINARY"), help="the program")
    return parser.parse_args()


# Rules

#: What a kernel adds to a set by itself, and forgets by itself, is no rule: clients with session affinity.
REMEMBERED = re.compile(r"flags [a-z,]*(dynamic|timeout)")


def rulesets(lab):
    """The rules of every namespace of a lab, as nft and iptables print them, without what only counts or is remembered."""
    found = {}
    for path in sorted(glob.glob(f"/run/netns/lab-{lab.name}-*")):
        place = os.path.basename(path).removeprefix(f"lab-{lab.name}-")
        listing = lab.run_inside(place, ["nft", "--stateless", "list", "ruleset"])
        if listing.returncode != 0:
            raise Failed(f"nft list ruleset in {place}: {listing.stderr}")
        found[place] = "".join(block(each) for each in re.split(r"(?m)^(?=\tset |\tmap )", listing.stdout))
    return found


def block(text):
    """A set without the elements that the kernel puts there."""
    return re.sub(r"(?s)\n\t\telements = \{.*?\}(?=\n)", "", text, count=1) if REMEMBERED.search(text) else text


def changes(before, after):
    """Where rules are others than they were: the place, and the first line."""
    found = {}
    for place in before.keys() | after.keys():
        one, other = before.get(place, "").splitlines(), after.get(place, "").splitlines()
        if one != other:
            found[place] = next(((a, b) for a, b in zip(one + [""], other + [""]) if a != b), (len(one), len(other)))
    return found


# Flows

def flows_of_cluster(made, lab, addresses, count):
    """Random packets between random places: (place, protocol, address, port)."""
    asked = agree_questions.questions(made, count * 2, made["seed"])
    return [packet for packet in (addresses.packet(question) for question in asked) if packet][:count]


def flows_of_lab(lab, count, dice):
    """Packets to what the Services of a lab have, from the host, nodes and Pods, each Service's addresses in turn."""
    pods = [pod for pod in lab.get("/api/v1/pods")["items"]
            if pod["status"].get("phase") == "Running" and not pod["spec"].get("hostNetwork")]
    nodes = lab.get("/api/v1/nodes")["items"]
    addresses = [each["address"] for node in nodes for each in node["status"]["addresses"] if each["type"] == "InternalIP"]
    services = lab.get("/api/v1/services")["items"]
    dice.shuffle(services)
    found = []
    for service in services:
        spec, status = service["spec"], service.get("status", {})
        balancers = [each["ip"] for each in status.get("loadBalancer", {}).get("ingress", []) if "ip" in each]
        for port in spec.get("ports", []):
            protocol = port.get("protocol", "TCP").lower()
            if protocol == "sctp":
                continue
            ends = [(each, port["port"]) for each in spec.get("clusterIPs", []) if each != "None"]
            ends += [(each, port["port"]) for each in balancers]
            ends += [(each, port["nodePort"]) for each in addresses if "nodePort" in port]
            for address, number in dice.sample(ends, min(2, len(ends))):
                place = dice.choice(["host", nodes[dice.randrange(len(nodes))]["metadata"]["name"], "pod", "pod"])
                if place == "pod":
                    pod = dice.choice(pods)["metadata"] if pods else None
                    place = f"{pod['namespace']}/{pod['name']}" if pod else "host"
                found.append(agree_packets.Packet(place, protocol, address, number))
    dice.shuffle(found)
    return found[:count]


# Journeys

def traced(lab, packet):
    """One connection's journeys, as `lab trace -o json` tells them, and what else it says."""
    address = f"[{packet.address}]" if ":" in packet.address else packet.address
    ran = subprocess.run(
        [lab.binary, "trace", packet.place, f"{address}:{packet.port}", "--protocol", packet.protocol, "-o", "json",
         "--lab", lab.name], capture_output=True, text=True, timeout=40)
    return [json.loads(line) for line in ran.stdout.splitlines()], ran


def end(journey):
    """How a journey ends, in what a trace and the walker both know: a client's port is its kernel's choice."""
    source = journey.get("source", "").rpartition(":")[0] if journey["outcome"] == "delivered" else ""
    return journey["outcome"], journey["namespace"], journey.get("destination"), source


def rules_met(journey):
    """The rules of a journey, in order: (namespace, chain, rule)."""
    if "rules" in journey:
        return [(rule["namespace"], rule["chain"], rule["rule"]) for rule in journey["rules"]]
    return [(hop["namespace"], hop["rule"]["chain"], hop["rule"]["rule"])
            for hop in journey["hops"] if hop["action"] == "rule"]


def unexplained(journey, written):
    """Rules of a journey that do not say why they are there."""
    found = []
    for hop in journey["hops"]:
        if hop["action"] != "rule":
            continue
        because = hop["rule"]["because"]
        if not because["object"] or not because["field"]:
            found.append(f"{hop['namespace']} {hop['rule']['chain']}: {hop['rule']['rule']}: no object or field")
        elif because["object"] in written and not re.search(r":\d+$", because["location"]):
            found.append(f"{hop['namespace']} {hop['rule']['chain']}: {because['object']} {because['field']}: no file:line")
    return found


class Check:
    """The connections of one lab."""

    def __init__(self, lab, written):
        self.lab, self.written = lab, written
        self.failures, self.counts = [], collections.Counter()

    def fail(self, kind, packet, **more):
        self.failures.append({"kind": kind, "packet": agree_packets.text(packet) if packet else None, **more})

    def run(self, packets):
        before = rulesets(self.lab)
        for packet in packets:
            self.one(packet)
        # The kernel takes the tracer's tables away when their owner closes them, by itself.
        different = changes(before, rulesets(self.lab))
        deadline = time.monotonic() + 3
        while different and time.monotonic() < deadline:
            time.sleep(0.1)
            different = changes(before, rulesets(self.lab))
        if different:
            self.fail("rules changed", None, different=different)

    def one(self, packet):
        ways = self.walk(packet)
        if ways is None:
            self.counts["no such place"] += 1
            return
        journeys, ran = traced(self.lab, packet)
        self.counts["flows"] += 1
        if not journeys and all(way["outcome"] == "unreachable" and way["namespace"].rpartition("/")[2]
                                == packet.place.rpartition("/")[2] for way in ways):
            # Without a route the sender's own kernel sends nothing, so that there is nothing to see.
            self.counts["nothing to send"] += 1
            return
        if len(journeys) != 1:
            return self.fail("journeys", packet, count=len(journeys), said=(ran.stderr + ran.stdout)[-800:])
        journey = journeys[0]
        self.counts[journey["outcome"]] += 1
        self.compare(packet, journey, ways)

    def walk(self, packet):
        address = f"[{packet.address}]" if ":" in packet.address else packet.address
        try:
            return self.lab.ask(verb="walk", to=f"{address}:{packet.port}", protocol=packet.protocol, rules=True,
                                **{"from": packet.place})
        except Failed as error:
            if "no route" in str(error):
                return [{"outcome": "unreachable", "namespace": packet.place}]
            raise

    def compare(self, packet, journey, ways):
        lines = [f"{line['namespace']} {line['interface']} {line['text']}" for line in journey["lines"]]
        if journey["agreement"]["verdict"] != "as predicted":
            self.fail("agreement", packet, said=journey["agreement"], lines=lines)
        alike = [way for way in ways if end(way) == end(journey)]
        if not alike:
            # Of a lost answer the walker says more than a packet's own way shows.
            if not any(way["outcome"] == "unreachable" and "answer" in str(way.get("because")) for way in ways):
                return self.fail("end", packet, seen=end(journey), expected=sorted({end(way) for way in ways})[:4], lines=lines)
            self.counts["answer lost"] += 1
        elif journey["agreement"]["verdict"] == "as predicted":
            met, expected = rules_met(journey), [rules_met(way) for way in alike]
            # Who was answered before is remembered; the walker, asked so, knows of nobody.
            remembers = any("affinity" in str(rule) or "--rcheck" in str(rule) for rules in [met, *expected] for rule in rules)
            self.counts["rules"] += len(met)
            if met not in expected and not remembers:
                self.fail("rules", packet, seen=met, expected=expected[:2])
        for problem in unexplained(journey, self.written):
            self.fail("unexplained", packet, said=problem)


def written_objects(lab):
    """The objects that the manifest itself has, in the words of reasons: `Service default/web`."""
    found = set()
    for service in lab.get("/api/v1/services")["items"]:
        metadata = service["metadata"]
        if metadata["namespace"] != "kube-system" and metadata["name"] != "kubernetes":
            found.add(f"Service {metadata['namespace']}/{metadata['name']}")
    return found


# Work

def cluster(options, seed, mode):
    made = agree_cluster.cluster(seed, options.families.split(","), mode)
    lab = Lab(options.lab, f"traced-{os.urandom(4).hex()}")
    try:
        addresses = agree_check.bring_up(lab, made)
        check = Check(lab, written_objects(lab))
        check.run(flows_of_cluster(made, lab, addresses, options.each))
        return check.failures, check.counts
    finally:
        lab.down()


def file(options, path, mode):
    lab = Lab(options.lab, f"traced-{os.urandom(4).hex()}")
    try:
        ran = subprocess.run(
            [lab.binary, "up", path, "--isolated", "--name", lab.name, "--timeout", "30", "-o", "json"],
            capture_output=True, text=True, timeout=60)
        # Some labs are about what never gets ready; they stay up all the same.
        if ran.returncode != 0 and not os.path.exists(f"/run/lab/{lab.name}/lab.sock"):
            raise Failed(f"lab up: {ran.stderr[-600:]}")
        changed = subprocess.run(
            [lab.binary, "set", "proxy-mode", mode, "--lab", lab.name], capture_output=True, text=True, timeout=60)
        if changed.returncode != 0:
            raise Failed(f"lab set proxy-mode: {changed.stderr[-600:]}")
        agree_check.quieten(lab, {"pods": {}, "nodes": []})
        lab.eventually("the kernels have the rules of the plan", lambda: not agree_check.differences(lab),
                       also=lambda: agree_check.differences(lab))
        check = Check(lab, written_objects(lab))
        check.run(flows_of_lab(lab, options.each, random.Random(f"{options.seed} {path}")))
        return check.failures, check.counts
    finally:
        lab.down()


def work(options, jobs, results):
    """Takes jobs until there are none; says what each came to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while (job := jobs.get()) is not None:
        kind, what, mode = job
        try:
            failures, counts = (cluster if kind == "seed" else file)(options, what, mode)
        except Failed as error:
            failures, counts = [{"kind": "lab", "said": str(error)}], {}
        except Exception:
            failures, counts = [{"kind": "script", "said": traceback.format_exc()}], {}
        results.put((job, failures, dict(counts)))


def all_jobs(options):
    modes = ["nftables", "iptables"] if options.mode == "both" else [options.mode]
    if options.labs is not None:
        files = options.labs or sorted(
            path for path in glob.glob(f"{ROOT}/Labs/*.yaml") if not path.endswith(".scenario.yaml"))
        return [("file", path, mode) for path in files for mode in modes]
    clusters = -(-options.flows // options.each)
    return [("seed", seed, mode) for seed in range(options.seed, options.seed + clusters) for mode in modes]


def main():
    options = arguments()
    os.chdir(ROOT)
    jobs, results = multiprocessing.Queue(), multiprocessing.Queue()
    todo = all_jobs(options)
    for job in todo:
        jobs.put(job)
    workers = [multiprocessing.Process(target=work, args=(options, jobs, results)) for _ in range(options.jobs)]
    for worker in workers:
        jobs.put(None)
        worker.start()
    started, failed, totals = time.monotonic(), [], collections.defaultdict(collections.Counter)
    for done in range(1, len(todo) + 1):
        (_, what, mode), failures, counts = results.get()
        totals[mode].update(counts)
        if failures:
            failed.append({"what": what, "mode": mode, "failures": failures})
            print(f"\nFAILED: {what}, {mode}: {len(failures)}", file=sys.stderr)
            for failure in failures[:3]:
                print("  " + json.dumps(failure, indent=2).replace("\n", "\n  "), file=sys.stderr)
        if done % 10 == 0:
            print(f"{done} of {len(todo)}, {len(failed)} failed, {time.monotonic() - started:.0f} s", file=sys.stderr)
    for worker in workers:
        worker.join()
    print(json.dumps({
        "seed": options.seed, "labs": len(todo), "counts": {mode: dict(counts) for mode, counts in totals.items()},
        "seconds": round(time.monotonic() - started, 1), "failed": failed}, indent=2))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
