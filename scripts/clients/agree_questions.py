# SPDX-License-Identifier: Apache-2.0
"""Which packets to send: made from a cluster before it runs, in words that still mean something when it is made smaller
(`["cluster", "svc1", "IPv4"]`), and turned into addresses once the lab has given them out."""
import ipaddress
import json
import random

from agree_packets import Packet


def questions(made, count, seed):
    dice = random.Random(f"questions {seed}")
    asked = []
    for _ in range(20 * count):
        if len(asked) == count:
            break
        question = one(dice, made)
        if question and question not in asked:
            asked.append(question)
    return asked


def place(dice, made):
    pods = [name for name, pod in made["pods"].items() if not pod.get("hostNetwork")]
    kind = dice.choices(["host", "pod", "node", "edge"], [25, 45, 26, 4])[0]
    if kind == "pod":
        return dice.choice(pods)
    return dice.choice(list(made["nodes"])) if kind == "node" else kind


def one(dice, made):
    family = dice.choice(made["families"])
    name, service = dice.choice(list(made["services"].items()))
    port = dice.choice(service["ports"])
    question = {"from": place(dice, made), "protocol": port["protocol"].lower(), "port": port["port"]}
    kind = dice.choices(
        ["cluster", "nodePort", "lb", "external", "pod", "hostPort", "wrong", "free", "closed", "loopback"],
        [30, 20, 18, 8, 7, 7, 7, 5, 3, 4])[0]
    node = dice.choice(list(made["nodes"]))
    if kind == "cluster":
        question["to"] = ["cluster", name, family]
    elif kind == "lb" and service["type"] == "LoadBalancer":
        question["to"] = ["lb", name, family]
    elif kind == "external" and service["fields"].get("externalIPs"):
        question["to"] = ["literal", dice.choice(service["fields"]["externalIPs"])]
        # The route to such an address is the operator's to make; inside the cluster every node is one.
        if question["from"] in ("host", "edge"):
            question["from"] = dice.choice(list(made["nodes"]))
    elif kind in ("nodePort", "loopback") and port.get("nodePort"):
        question["port"] = port["nodePort"]
        question["to"] = ["node", node, family]
        if kind == "loopback":
            question["from"] = node
            question["to"] = ["literal", "127.0.0.1" if family == "IPv4" else "::1"]
    elif kind == "pod":
        pod = dice.choice(list(made["pods"]))
        question["to"] = ["pod", pod, family]
        question["protocol"] = dice.choice(["tcp", "udp"])
        what = made["pods"][pod]["http" if question["protocol"] == "tcp" else "udp"]
        question["port"] = dice.choice([what, what, 4567])
    elif kind == "hostPort":
        pods = [pod for pod in made["pods"].values() if pod.get("hostPorts")]
        if not pods:
            return None
        pod = dice.choice(pods)
        what = dice.choice(list(pod["hostPorts"]))
        question.update(protocol="tcp" if what == "http" else "udp", port=pod["hostPorts"][what])
        question["to"] = ["node", pod["node"], family]
    elif kind == "wrong":
        question["to"] = [dice.choice(["cluster", "lb"]), name, family]
        question["port"] = dice.choice([4444, port["port"]])
        question["protocol"] = dice.choice(["tcp", "udp"])
    elif kind == "free":
        question["to"] = ["free", dice.choice(["service", "pod", "lb"]), family]
    elif kind == "closed":
        question["to"] = ["node", node, family]
        question["port"] = dice.choice([4321, 30999, 32000])
        question["protocol"] = dice.choice(["tcp", "udp"])
    return question if "to" in question else None


def is_of(family, address):
    return (":" in address) == (family == "IPv6")


class Addresses:
    """What the lab gave out."""

    def __init__(self, lab):
        self.lab = lab
        self.services = {each["metadata"]["name"]: each for each in lab.get("/api/v1/services")["items"]}
        self.pods = {each["metadata"]["name"]: each for each in lab.get("/api/v1/namespaces/default/pods")["items"]}
        self.nodes = {each["metadata"]["name"]: each for each in lab.get("/api/v1/nodes")["items"]}

    def all(self, kind, name):
        if kind == "cluster":
            return [each for each in self.services.get(name, {"spec": {}})["spec"].get("clusterIPs", []) if each != "None"]
        if kind == "lb":
            status = self.services.get(name, {}).get("status", {}).get("loadBalancer", {})
            return [each["ip"] for each in status.get("ingress", []) if "ip" in each]
        if kind == "pod":
            return [each["ip"] for each in self.pods.get(name, {}).get("status", {}).get("podIPs", [])]
        if kind == "node":
            addresses = self.nodes.get(name, {"status": {}})["status"].get("addresses", [])
            return [each["address"] for each in addresses if each["type"] == "InternalIP"]
        return []

    def host(self, is_v6):
        """The host's address on its way to the lab."""
        wanted = ["-6"] if is_v6 else ["-4"]
        told = self.lab.run_inside("host", ["ip", "-j", *wanted, "address", "show", "scope", "global"]).stdout
        return next(each["local"] for link in json.loads(told) for each in link["addr_info"])

    def free(self, what, family):
        """An address that nobody has, near one that somebody has."""
        kinds = {"service": ("cluster", "kubernetes"), "pod": ("pod", "client")}
        if what == "lb":
            return "203.0.113.99" if family == "IPv4" else "fd00:203:0:113::99"
        near = [each for each in self.all(*kinds[what]) if is_of(family, each)]
        if not near:
            return None
        return str(ipaddress.ip_address((int(ipaddress.ip_address(near[0])) & ~0xFF) + 0xEE))

    def packet(self, question):
        """The packet that a question means here; None if what it names is not there."""
        kind, name, *rest = question["to"]
        if kind == "literal":
            address = name
        elif kind == "free":
            address = self.free(name, rest[0])
        else:
            address = next((each for each in self.all(kind, name) if is_of(rest[0], each)), None)
        source = question["from"]
        known = source in ("host", "edge") or source in self.nodes or source in self.pods
        return Packet(source, question["protocol"], address, question["port"]) if address and known else None
