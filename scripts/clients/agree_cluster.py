# SPDX-License-Identifier: Apache-2.0
"""Random clusters: what a seed makes, as a value that can be printed as a manifest and made smaller piece by piece.

A cluster is a dictionary of plain values: `nodes`, `pods`, `services`, each by name. Whatever shrinking takes away
leaves a cluster that still makes sense: a Service without Pods, a Pod without its Service.
"""
import json
import random

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"
FAMILIES = {"v4": ["IPv4"], "v6": ["IPv6"], "dual": ["IPv4", "IPv6"], "dual6": ["IPv6", "IPv4"]}
EXTERNAL = {"IPv4": "198.51.100.{}", "IPv6": "2001:db8:aa::{}"}


def chance(dice, share):
    return dice.random() < share


def cluster(seed, families=("v4",), mode="nftables"):
    """The cluster of a seed; the mode of its rules changes nothing else."""
    dice = random.Random(f"cluster {seed}")
    stack = dice.choice(sorted(families))
    made = {"seed": seed, "mode": mode, "families": FAMILIES[stack], "lab": {}, "nodes": {}, "pods": {}, "services": {}}
    zones = dice.choice([[], ["a"], ["a", "b"], ["a", "b", "c"]])
    for number in range(1, dice.choice([1, 2, 2, 3, 3, 3, 4, 5]) + 1):
        node = {}
        if zones and chance(dice, 0.9):
            node["zone"] = dice.choice(zones)
        if chance(dice, 0.05):
            node["labels"] = {"node.kubernetes.io/exclude-from-external-load-balancers": ""}
        made["nodes"][f"node-{number}"] = node
    if chance(dice, 0.12):
        made["lab"]["loadBalancer"] = {"ipMode": "Proxy"}
    for index in range(dice.randint(1, 4)):
        pods_of_app(dice, made, f"app{index}")
    made["pods"]["client"] = {"app": "client", "node": dice.choice(list(made["nodes"])), "state": "ready", "http": 8080,
                              "udp": 8081}
    for index in range(dice.randint(2, 7)):
        made["services"][f"svc{index}"] = service(dice, made, index)
    return made


def pods_of_app(dice, made, app):
    """Zero to seven Pods of one app; an app's Pods differ in port numbers in one of four cases."""
    nodes = list(made["nodes"])
    spread = dice.sample(nodes, dice.randint(1, len(nodes)))
    mixed, bad = chance(dice, 0.25), dice.choice([0.0, 0.0, 0.2, 0.5, 1.0])
    on_hosts = chance(dice, 0.12)
    host_port = chance(dice, 0.2)
    for index in range(dice.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 7])):
        number = len(made["pods"])
        pod = {"app": app, "node": dice.choice(spread), "state": "ready", "http": 8080, "udp": 8081}
        if mixed and chance(dice, 0.5):
            pod["http"], pod["udp"] = 8090, 8091
        if chance(dice, bad):
            pod["state"] = dice.choice(["unready", "terminating", "terminating", "terminating-unready"])
        if on_hosts:
            pod.update(hostNetwork=True, http=9000 + 2 * number, udp=9001 + 2 * number)
        elif host_port and chance(dice, 0.6):
            pod["hostPorts"] = {"http": 7000 + number, **({"udp": 7000 + number} if chance(dice, 0.5) else {})}
        made["pods"][f"{app}-{index}"] = pod


def service(dice, made, index):
    apps = sorted({pod["app"] for pod in made["pods"].values()}) + ["nothing"]
    kind = dice.choice(["ClusterIP"] * 4 + ["NodePort"] * 3 + ["LoadBalancer"] * 4)
    made_service = {"app": dice.choice(apps), "type": kind, "ports": ports(dice, index, kind)}
    fields = made_service["fields"] = {}
    if chance(dice, 0.3):
        fields["internalTrafficPolicy"] = "Local"
    external = chance(dice, 0.25)
    if external:
        fields["externalIPs"] = [EXTERNAL[family].format(10 + index) for family in made["families"]]
    if (kind != "ClusterIP" or external) and chance(dice, 0.4):
        fields["externalTrafficPolicy"] = "Local"
    if chance(dice, 0.25):
        fields["sessionAffinity"] = "ClientIP"
        if chance(dice, 0.5):
            fields["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": dice.choice([60, 600, 10800])}}
    if chance(dice, 0.12):
        fields["publishNotReadyAddresses"] = True
    if chance(dice, 0.25):
        fields["trafficDistribution"] = dice.choice(["PreferClose", "PreferSameZone", "PreferSameNode"])
    if chance(dice, 0.08):
        made_service["annotations"] = {"service.kubernetes.io/topology-mode": "Auto"}
    if chance(dice, 0.05):
        made_service["labels"] = {"service.kubernetes.io/service-proxy-name": "other"}
    elif chance(dice, 0.04):
        made_service["labels"] = {"service.kubernetes.io/headless": ""}
    if kind == "LoadBalancer":
        if chance(dice, 0.3):
            fields["loadBalancerSourceRanges"] = source_ranges(dice, made)
        if chance(dice, 0.06):
            fields["loadBalancerClass"] = "example.com/other"
        if chance(dice, 0.12):
            fields["allocateLoadBalancerNodePorts"] = False
            for port in made_service["ports"]:
                port.pop("nodePort", None)
        if fields.get("externalTrafficPolicy") == "Local":
            fields["healthCheckNodePort"] = 32000 + index
    elif kind == "ClusterIP" and not external and chance(dice, 0.06):
        fields["clusterIP"] = "None"
    if len(made["families"]) == 2:
        policy = dice.choice(["SingleStack", "PreferDualStack", "PreferDualStack", "RequireDualStack"])
        fields["ipFamilyPolicy"] = policy
        order = list(made["families"])
        dice.shuffle(order)
        fields["ipFamilies"] = order[:1] if policy == "SingleStack" else order
        if policy == "SingleStack":
            fields["externalIPs"] = [each for each in fields.get("externalIPs", []) if (":" in each) == (order[0] == "IPv6")]
            if not fields["externalIPs"]:
                del fields["externalIPs"]
                if kind == "ClusterIP":
                    fields.pop("externalTrafficPolicy", None)
    return made_service


def ports(dice, index, kind):
    """One to three ports: TCP and UDP, by name or number, often of the same number in both."""
    chosen = dice.choice([["http"], ["http"], ["udp"], ["http", "udp"], ["http", "udp"], ["http", "udp", "http"]])
    same = chance(dice, 0.6)
    list_of_ports, numbers = [], {"http": 80 + index, "udp": 80 + index if same else 53}
    for position, what in enumerate(chosen):
        port = {
            "name": f"{what}{position}", "port": numbers[what] + 100 * (position // 2),
            "protocol": "UDP" if what == "udp" else "TCP",
            "targetPort": what if chance(dice, 0.6) else {"http": 8080, "udp": 8081}[what],
        }
        if kind != "ClusterIP":
            port["nodePort"] = 30100 + 10 * index + (0 if same and position < 2 else position)
        list_of_ports.append(port)
    return list_of_ports


def source_ranges(dice, made):
    """Ranges that hold some of a lab's places and not others; blanks round them are the user's to leave."""
    ranges = []
    for family in made["families"]:
        choices = {
            "IPv4": ["172.18.0.0/24", "172.18.0.254/32", "10.244.0.0/16", "10.244.1.0/24", "192.0.2.0/24", "0.0.0.0/0",
                     " 172.18.0.2/32", "10.244.0.0/17 "],
            "IPv6": ["fd00:172:18::/64", "fd00:10:244::/56", "fd00:10:244::/64", "fd00:10:244:1::/64", "2001:db8:1::/64",
                     "::/0", " fd00:172:18::2/128"],
        }[family]
        ranges += dice.sample(choices, dice.randint(1, 2))
    return ranges


def objects(made):
    """The cluster's documents, as they are handed to `lab up`."""
    nodes = [{"name": name, **node} for name, node in made["nodes"].items()]
    spec = {"nodes": nodes, "proxyMode": made["mode"], **made["lab"]}
    if made["families"] != ["IPv4"]:
        spec["ipFamilies"] = made["families"]
    documents = [{"apiVersion": "lab/v1", "kind": "Lab", "spec": spec}]
    documents += [pod_object(name, pod) for name, pod in made["pods"].items()]
    documents += [service_object(name, service) for name, service in made["services"].items()]
    return documents


def pod_object(name, pod):
    """A Pod with two servers that tell who they are and whom they see: one over HTTP, one in datagrams."""
    ports = {"http": {"name": "http", "containerPort": pod["http"]},
             "udp": {"name": "udp", "containerPort": pod["udp"], "protocol": "UDP"}}
    for what, number in pod.get("hostPorts", {}).items():
        ports[what]["hostPort"] = number
    # One that is told to end goes on serving, for as long as a lab lasts.
    http = {"name": "http", "image": "server", "ports": [ports["http"]],
            "env": [{"name": "LAB_DRAIN_MILLISECONDS", "value": "300000"}]}
    udp = {"name": "udp", "image": AGNHOST, "ports": [ports["udp"]], "args": [
        "netexec", "--http-port=-1", f"--udp-port={pod['udp']}", "--delay-shutdown=300"]}
    if "unready" in pod["state"]:
        http["readinessProbe"] = {
            "httpGet": {"path": "/echo?code=503&msg=no", "port": pod["http"]}, "periodSeconds": 5}
    spec = {"nodeName": pod["node"], "containers": [http, udp],
            "terminationGracePeriodSeconds": 300 if "terminating" in pod["state"] else 1}
    if pod.get("hostNetwork"):
        spec["hostNetwork"] = True
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": pod["app"]}}, "spec": spec}


def service_object(name, service):
    metadata = {"name": name}
    for field in ("labels", "annotations"):
        if service.get(field):
            metadata[field] = service[field]
    spec = {"type": service["type"], "selector": {"app": service["app"]}, "ports": service["ports"], **service["fields"]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def manifest(made):
    """The cluster as text that `lab up` reads: JSON documents, which are YAML, too."""
    return "".join("---\n" + json.dumps(document) + "\n" for document in objects(made))
