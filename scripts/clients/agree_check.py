# SPDX-License-Identifier: Apache-2.0
"""One cluster, brought up, asked and taken down: what the kernel does against what the walker says."""
import collections
import contextlib
import json
import random
import time

import agree_cluster
import agree_model
import agree_packets
import agree_questions
import agree_shares
import agree_trace
import agree_walker
from agree_lab import Failed, Lab


#: How often the kernel tells of refusals; here each packet wants its answer.
RATES = {"ipv4/icmp_ratelimit": "0", "ipv6/icmp/ratelimit": "0", "ipv4/icmp_msgs_per_sec": "1000000",
         "ipv4/icmp_msgs_burst": "100000"}


def bring_up(lab, made):
    """Brings the cluster up, and waits until every Pod and address is as it is to be for the rest of the lab's life."""
    lab.up(agree_cluster.manifest(made))
    wanted = {name: "unready" not in pod["state"] for name, pod in made["pods"].items()}

    def is_settled():
        pods = {pod["name"]: pod for pod in lab.ask(verb="status")["pods"]}
        return all(name in pods and pods[name]["address"] and pods[name]["status"] == "Running"
                   and pods[name]["ready"] == ready for name, ready in wanted.items())

    lab.eventually("every Pod runs", is_settled)
    ending = [name for name, pod in made["pods"].items() if "terminating" in pod["state"]]
    for name in ending:
        lab.request("DELETE", f"/api/v1/namespaces/default/pods/{name}")
    balanced = {name for name, service in made["services"].items() if is_balanced(service)}

    def is_balanced_everywhere():
        addresses = agree_questions.Addresses(lab)
        has = {name for name in balanced if addresses.all("lb", name)}
        return has == balanced and all(addresses.pods[each]["metadata"].get("deletionTimestamp") for each in ending) \
            and addresses

    addresses = lab.eventually("load balancers have addresses", is_balanced_everywhere)
    quieten(lab, made)
    # With iptables the kernel is some moments behind the plan.
    lab.eventually("the kernels have the rules of the plan", lambda: not differences(lab), also=lambda: differences(lab))
    return addresses


def differences(lab):
    """What the kernels' rules have beside, or instead of, what the plan says."""
    return lab.ask(verb="observe")["texts"]


def is_balanced(service):
    return service["type"] == "LoadBalancer" and "loadBalancerClass" not in service["fields"]


def quieten(lab, made):
    """Lets every kernel of the lab tell of each refusal."""
    pods = [name for name, pod in made["pods"].items() if not pod.get("hostNetwork")]
    for place in ["host", "edge", *made["nodes"], *pods]:
        with lab.inside(place):
            for file, value in RATES.items():
                with contextlib.suppress(OSError), open(f"/proc/sys/net/{file}", "w") as sysctl:
                    sysctl.write(value)


class Check:
    """What is asked of one cluster, and what was found."""

    def __init__(self, binary, made, name):
        self.made, self.lab = made, Lab(binary, name)
        self.failures, self.notes, self.counts, self.p_values = [], [], collections.Counter(), []

    def __enter__(self):
        try:
            self.addresses = bring_up(self.lab, self.made)
            self.walker = agree_walker.Walker(self.lab, self.made)
        except BaseException:
            self.lab.down()
            raise
        return self

    def __exit__(self, *_):
        self.lab.down()

    def fail(self, kind, question, packet, kernel, ways, **more):
        self.failures.append({
            "kind": kind, "question": question, "packet": agree_packets.text(packet), "kernel": kernel,
            "walker": agree_walker.summary(ways), "journeys": [way.text for way in ways[:4]], **more})

    # Packets

    def packets(self, questions, count):
        """Sends a packet for each of the first so many questions that mean something here, and gives what came of them:
        (question, packet, ways, outcome)."""
        asked = [(question, self.addresses.packet(question)) for question in questions]
        asked = [(question, packet) for question, packet in asked if packet][:count]
        ways = [self.walker.ways(packet) for _, packet in asked]
        outcomes = agree_packets.run(self.lab, [packet for _, packet in asked])
        seen = []
        for (question, packet), way, outcome in zip(asked, ways, outcomes):
            self.counts["packets"] += 1
            self.counts[outcome.split()[0]] += 1
            seen.append((question, packet, way, outcome))
            if not agree_walker.accepts(way, outcome):
                self.look_again(question, packet, way, outcome)
        return seen

    def model(self, seen):
        """The walker's outcomes are those that Kubernetes' own rules allow, all of them."""
        model = agree_model.Model(self.made, self.addresses)
        for question, packet, ways, outcome in seen:
            expected = model.outcomes(question, packet)
            if expected is None:
                continue
            self.counts["by the rules"] += 1
            if {way.who for way in ways} != expected:
                self.fail("model", question, packet, outcome, ways, expected=sorted(expected))

    def look_again(self, question, packet, ways, outcome):
        """The plan may have changed meanwhile, and silence may have been a busy machine's."""
        for _ in range(3):
            time.sleep(0.2)
            now = self.walker.ways(packet)
            has_changed = agree_walker.summary(now) != agree_walker.summary(ways)
            if not has_changed and outcome != "silence":
                break
            again = agree_packets.run(self.lab, [packet], patience=2.5 if outcome == "silence" else None)[0]
            if agree_walker.accepts(now, again):
                self.counts["plan changed" if has_changed else "slow"] += 1
                self.notes.append(f"{agree_packets.text(packet)}: {outcome}, later {again}")
                return
            ways, outcome = now, again
        self.fail("packet", question, packet, outcome, ways)

    def observe(self):
        """Nobody has touched the kernels' rules so far: nothing was refused, and nothing had to be put back."""
        words = ("put back", "made anew", "refuse")
        found = [line for line in self.lab.log() if any(word in line for word in words)]
        if found:
            self.failures.append({"kind": "observe", "error": found})

    # Shares

    def shares(self, seen, connections, dice):
        """Many connections of one kind: a chi-square test, and if it fails, a second with connections of its own."""
        choices = [each for each in seen if len({way.who for way in each[2]}) > 1
                   and not any("unreachable" in way.accepted for way in each[2])
                   and not self.has_affinity(each[0])]
        if not choices or not connections:
            return
        question, packet, _, _ = dice.choice(choices)
        self.share(question, packet, connections)

    def share(self, question, packet, connections):
        p = 1.0
        for _ in range(2):
            ways = self.walker.ways(packet)
            outcomes = agree_packets.run(self.lab, [packet] * connections, is_brief=True)
            if agree_walker.summary(self.walker.ways(packet)) != agree_walker.summary(ways):
                self.counts["plan changed"] += 1
                return
            shares = collections.Counter()
            for way in ways:
                shares[way.who] += way.share
            counts = collections.Counter(outcomes)
            p = agree_shares.p_value(counts, shares)
            self.counts["connections"] += connections
            self.counts["shares"] += 1
            self.p_values.append(p)
            if p >= 0.001:
                return
            self.notes.append(f"{agree_packets.text(packet)}: {dict(counts)}, p = {p:.2g}")
        expected = {who: f"{share} of {connections}" for who, share in shares.items()}
        self.fail("share", question, packet, dict(counts), ways, expected=expected, p=p)

    # Rules

    def rules(self, tracer, seen, count, dice):
        """The rules that a packet met, by nftables' own trace, are those of one of its journeys."""
        # What the kernel remembers of earlier connections, the walker is not told.
        choices = [each for each in seen if each[3] != "silence" and not self.has_affinity(each[0])]
        for question, packet, _, _ in dice.sample(choices, min(count, len(choices))):
            self.trace(tracer, question, packet)

    def trace(self, tracer, question, packet):
        ways = self.walker.ways(packet, rules=True)
        outcome = agree_packets.run(self.lab, [packet], tos=agree_trace.TYPE_OF_SERVICE)[0]
        heard = tracer.heard()
        self.counts["traces"] += 1
        # A kernel tells of what is unreachable only so often; outcomes were held against the walker before.
        if ways[0].rules is None or not agree_walker.accepts(ways, outcome):
            return
        met = [agree_trace.met(way, tracer.places) for way in ways if outcome in way.accepted]
        if heard not in met:
            self.fail("trace", question, packet, outcome, ways, rules=heard, expected=met[:2])

    # Affinity

    def has_affinity(self, question):
        service = self.made["services"].get(question["to"][1]) if question["to"][0] in ("cluster", "lb") else None
        if service is None:
            service = self.service_at(question)
        return bool(service and "sessionAffinity" in service["fields"])

    def service_at(self, question):
        """The Service of a node port or an external address."""
        for service in self.made["services"].values():
            if question["to"][1] in service["fields"].get("externalIPs", []):
                return service
            if (question["to"][0] == "node" or question["to"][1] in ("127.0.0.1", "::1")) and any(
                    port.get("nodePort") == question["port"] for port in service["ports"]):
                return service
        return None

    def affinity(self, seen):
        """Who has been answered once is answered by the same again, and again."""
        kept = [each for each in seen if each[3].startswith("answer") and self.has_affinity(each[0])]
        packets = [packet for _, packet, _, _ in kept]
        rounds = [agree_packets.run(self.lab, packets) for _ in range(3)] if kept else []
        alike = {}
        for index, (question, packet, ways, _) in enumerate(kept):
            self.counts["affinity"] += 1
            answers = [outcomes[index] for outcomes in rounds]
            if len(set(answers)) > 1 or not agree_walker.accepts(ways, answers[0]):
                self.fail("affinity", question, packet, answers, ways)
            key = self.affinity_key(question)
            if key:
                alike.setdefault(key, set()).add(answers[-1].partition(" seen")[0])
                if len(alike[key]) == 2:
                    self.fail("affinity", question, packet, answers, ways,
                              error=f"by another address of the Service: {sorted(alike[key])}")

    def affinity_key(self, question):
        """What a client is remembered by: who it is, to which node, for which port of which Service (D44). A Service with
        a policy Local has two sets of endpoints, and a balancer a memory of its own: those are left out. Who asks the
        loopback has the loopback's address as a source, and so is another client than otherwise."""
        kind, name = question["to"][:2]
        if question["from"] in ("host", "edge") or name in ("127.0.0.1", "::1"):
            return None
        service = self.made["services"].get(name) if kind in ("cluster", "lb") else self.service_at(question)
        if not service or "Local" in service["fields"].values():
            return None
        pod = self.made["pods"].get(question["from"])
        node = name if kind == "node" else pod["node"] if pod else question["from"]
        port = next((port["name"] for port in service["ports"] if question["protocol"] == port["protocol"].lower()
                     and question["port"] in (port["port"], port.get("nodePort"))), None)
        family = question["to"][-1] if kind != "literal" else "IPv6" if ":" in name else "IPv4"
        return question["from"], node, json.dumps(service), port, family


def check(binary, made, name, packets, connections):
    """The whole check of one cluster: what was counted, and what failed."""
    dice = random.Random(f"check {made['seed']}")
    questions = agree_questions.questions(made, packets * 3 // 2, made["seed"])
    try:
        with Check(binary, made, name) as run:
            run.observe()
            with agree_trace.Tracer(run.lab, agree_trace.places(made)) as tracer:
                seen = run.packets(questions, packets)
                run.model(seen)
                tracer.settle()
                run.rules(tracer, seen, 6, dice)
                run.affinity(seen)
                run.shares(seen, connections, dice)
                found = differences(run.lab)
            if found:
                run.failures.append({"kind": "observe", "error": found})
            return {"failures": run.failures, "counts": dict(run.counts), "p": run.p_values, "notes": run.notes}
    except Failed as error:
        return {"failures": [{"kind": "lab", "error": str(error)}], "counts": {}, "p": []}


def still_fails(binary, made, name, failure, connections):
    """Whether a smaller cluster fails in the same way."""
    try:
        with Check(binary, made, name) as run:
            if failure["kind"] == "lab":
                return None
            if failure["kind"] == "observe":
                run.observe()
                return run.failures[0] if run.failures else None
            packet = run.addresses.packet(failure["question"])
            if not packet:
                return None
            if failure["kind"] == "share":
                run.share(failure["question"], packet, connections)
            elif failure["kind"] == "model":
                run.model(run.packets([failure["question"]], 1))
            elif failure["kind"] == "trace":
                with agree_trace.Tracer(run.lab, agree_trace.places(made)) as tracer:
                    tracer.settle()
                    for _ in range(5):
                        run.trace(tracer, failure["question"], packet)
            elif failure["kind"] == "affinity":
                run.affinity(run.packets([failure["question"]], 1))
            else:
                run.packets([failure["question"]] * 10, 10)
            return next((each for each in run.failures if each["kind"] == failure["kind"]), None)
    except Failed as error:
        if failure["kind"] == "lab" and str(error)[:40] == failure["error"][:40]:
            return {"kind": "lab", "error": str(error)}
        return None
