# SPDX-License-Identifier: Apache-2.0
"""Services under load while everything behind them changes: dataplane.py [SECONDS SEED MODE REQUESTS_A_SECOND]

2,000 requests a second, over TCP and UDP, from a Pod, a node and outside, to cluster addresses, node ports and a load
balancer; beside them 50 changes a second (scripts/clients/dataplane_churn.py). Prints a line of JSON. It fails if a
request failed that did not go to a Service whose Pods are killed without grace, if the rules in the kernels are not the
plan's, if an element or a chain is left over, or a UDP flow to a Pod that is gone.
"""
import json
import os
import random
import re
import subprocess
import sys
import time

from labs import PROGRAM, ROOT, Lab, kept, output, work

words = sys.argv[1:]
SECONDS = float(words[0]) if words else 600.0
SEED = int(words[1]) if len(words) > 1 else random.randrange(1 << 31)
MODE = words[2] if len(words) > 2 else "nftables"
RATE = float(words[3]) if len(words) > 3 else 2000.0


def template(app, **spec):
    return {"metadata": {"labels": {"app": app}}, "spec": {"terminationGracePeriodSeconds": 2, "containers": [{
        "name": "web", "image": "web",
        "ports": [{"containerPort": 8080}, {"containerPort": 8081, "protocol": "UDP"}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1}}], **spec}}


def deployment(name, replicas):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template(name)}}


def pod(name, app, **spec):
    made = {"apiVersion": "v1", "kind": "Pod", **template(app, **spec)}
    made["metadata"]["name"] = name
    return made


def service(name, app, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {
        "selector": {"app": app}, "ports": [
            {"name": "tcp", "port": 80, "targetPort": 8080}, {"name": "udp", "port": 81, "protocol": "UDP", "targetPort": 8081}],
        **spec}}


OUTSIDE = [
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "outside"}, "spec": {"ports": [{"port": 80}]}},
    {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "metadata": {
        "name": "outside-a", "labels": {"kubernetes.io/service-name": "outside"}},
     "ports": [{"name": "", "port": 8080}],
     "endpoints": [{"addresses": [f"192.0.2.{number}"], "conditions": {"ready": True}} for number in range(1, 21)]}]
OBJECTS = [
    deployment("web", 6), deployment("crash", 4), pod("client", "client", nodeName="node-1"),
    *(pod(f"flip-{number}", "web") for number in range(6)),
    service("web", "web", type="LoadBalancer"), service("crash", "crash"),
    service("sticky", "web", sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 5}}),
    *OUTSIDE]


def targets(lab):
    """Name, namespace, protocol, address and port of what is asked."""
    cluster, sticky, crash = (lab.field(f"service {name}", ".spec.clusterIP") for name in ("web", "sticky", "crash"))
    balancer = lab.field("service web", ".status.loadBalancer.ingress[0].ip")
    ports = json.loads(output(PROGRAM, "kubectl", "--lab", lab.name, "get", "service", "web", "-o", "json"))
    number = {port["name"]: port["nodePort"] for port in ports["spec"]["ports"]}
    nodes = [lab.field(f"node node-{index}", ".status.addresses[0].address") for index in (1, 2)]
    client, host, node = (lab.namespace(name) for name in ("default.client", "host", "node-1"))
    for transport, port in ("tcp", "80"), ("udp", "81"):
        yield f"cluster address from a Pod, {transport}", client, transport, cluster, port
        yield f"cluster address from a node, {transport}", node, transport, cluster, port
        yield f"affinity, {transport}", client, transport, sticky, port
        yield f"load balancer, {transport}", host, transport, balancer, port
        for index, address in enumerate(nodes):
            yield f"node port of node {index + 1}, {transport}", host, transport, address, str(number[transport])
        yield f"crash, {transport}", client, transport, crash, port


def observed(lab):
    answer = subprocess.run([PROGRAM, "observe", "--lab", lab.name], capture_output=True, text=True)
    return json.loads(answer.stdout)


def chains(lab):
    """The chains of node-1's table."""
    listed = subprocess.run(
        ["ip", "netns", "exec", f"lab-{lab.name}-node-1", "nft", "list", "chains", "ip"], capture_output=True, text=True)
    return set(re.findall(r"chain (\S+) {", listed.stdout))


def requests():
    path = os.path.join(work.name, "requests")
    subprocess.run(["gcc", "-O2", "-pthread", "-o", path, f"{ROOT}/scripts/clients/requests.c"], check=True)
    return path


program = requests()
manifest = kept("\n---\n".join(json.dumps(item) for item in OBJECTS), "dataplane.yaml")
with Lab("dataplane", [manifest], nodes=3, proxyMode=MODE) as lab:
    time.sleep(1)
    before, chains_before, memory = observed(lab), chains(lab), lab.memory()
    asked = list(targets(lab))
    load = subprocess.Popen(
        [program, str(SECONDS + 4), str(RATE), *(word for target in asked for word in target)],
        stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    churn = lab.client("dataplane_churn.py", SECONDS, SEED)
    answers = [json.loads(line) for line in load.communicate()[0].splitlines()]
    time.sleep(5)
    after, memory_after = observed(lab), lab.memory()
    new_chains = chains(lab) - chains_before

honest = [answer for answer in answers if not answer["name"].startswith("crash")]
crashed = [answer for answer in answers if answer["name"].startswith("crash")]
faults = []
if failed := sum(answer["failed"] for answer in honest):
    faults.append(f"{failed} requests failed")
if after["differences"]:
    faults.append(f"{after['differences']} differences between the kernels and the plan")
# A number of endpoints, or a timeout, that was once needed keeps its draw.
for name, count in after["elements"].items():
    if name not in ("draws", "sticky-draws") and count != before["elements"].get(name):
        faults.append(f"{name}: {before['elements'].get(name)} elements before, {count} after")
if MODE == "nftables" and (strange := [name for name in new_chains if not re.match(r"(sticky-)?pick-|sticky-", name)]):
    faults.append(f"chains left over: {strange}")
print(json.dumps({
    "mode": MODE, "seed": SEED, "seconds": SECONDS, "asked": sum(answer["asked"] for answer in answers),
    "perSecond": round(sum(answer["asked"] for answer in answers) / (SECONDS + 4)), "failed": failed,
    "failedAtKilledPods": sum(answer["failed"] for answer in crashed), "killed": len(churn.pop("killed")),
    "slowest": max(answer["slowest"] for answer in honest), "churn": churn, "before": before, "after": after,
    "newChains": sorted(new_chains), "daemonMegabytes": [round(memory), round(memory_after)], "targets": answers,
    "faults": faults}, indent=1))
sys.exit(1 if faults else 0)
