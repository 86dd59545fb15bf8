# SPDX-License-Identifier: Apache-2.0
"""A lab whose daemon is killed again and again: adoption.py [COUNT SEED MODE REQUESTS_A_SECOND]

COUNT times (200), at moments that the seed gives, the daemon gets SIGKILL, while requests go on over new connections by address:
to a cluster address from the host and from a Pod, to node ports and to a load balancer, over TCP and UDP. Each time
something is under way: nothing, a change of scale, a rollout, a Pod that is deleted, endpoints that come and go, a Service
that comes or goes. Then a command finds the daemon gone, and it is taken how long it takes until its answer.

Of the datagrams many come from a port that was used shortly before, so that the nodes still remember where it led: each
stretch of load goes through the same ports.

It fails if a request failed, over TCP or UDP; if, when nothing was under way, any object of the API is another afterwards (Events may come on
top); if a write that was answered is not there; if afterwards a namespace or process is left over, missing or there
twice, or rules are not the plan's. Prints a line of JSON.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time

from labs import PROGRAM, ROOT, Lab, kept, output, work

words = sys.argv[1:]
COUNT = int(words[0]) if words else 200
SEED = int(words[1]) if len(words) > 1 else random.randrange(1 << 31)
MODE = words[2] if len(words) > 2 else "nftables"
RATE = float(words[3]) if len(words) > 3 else 400.0
numbers = random.Random(SEED)


def template(app):
    return {"metadata": {"labels": {"app": app}}, "spec": {"terminationGracePeriodSeconds": 2, "containers": [{
        "name": "web", "image": "web",
        "ports": [{"containerPort": 8080}, {"containerPort": 8081, "protocol": "UDP"}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1}}]}}


def deployment(name, replicas):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template(name)}}


def service(name, app, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {
        "selector": {"app": app}, "ports": [
            {"name": "tcp", "port": 80, "targetPort": 8080}, {"name": "udp", "port": 81, "protocol": "UDP", "targetPort": 8081}],
        **spec}}


client = {"apiVersion": "v1", "kind": "Pod", **template("client")}
client["metadata"]["name"] = "client"
client["spec"]["nodeName"] = "node-1"
OBJECTS = [
    deployment("web", 4), deployment("side", 2), client, service("web", "web", type="LoadBalancer"),
    service("sticky", "web", sessionAffinity="ClientIP")]


def run(*command):
    return subprocess.run([PROGRAM, *command, "--lab", lab.name], capture_output=True, text=True)


def targets():
    """Name, namespace, protocol, address and port of what is asked."""
    cluster, sticky = (lab.field(f"service {name}", ".spec.clusterIP") for name in ("web", "sticky"))
    balancer = lab.field("service web", ".status.loadBalancer.ingress[0].ip")
    ports = json.loads(output(PROGRAM, "kubectl", "--lab", lab.name, "get", "service", "web", "-o", "json"))
    number = {port["name"]: port["nodePort"] for port in ports["spec"]["ports"]}
    node = lab.field("node node-2", ".status.addresses[0].address")
    pod, host = lab.namespace("default.client"), lab.namespace("host")
    for transport, port in ("tcp", "80"), ("udp", "81"):
        yield f"cluster address from the host, {transport}", host, transport, cluster, port
        yield f"cluster address from a Pod, {transport}", pod, transport, cluster, port
        yield f"affinity, {transport}", pod, transport, sticky, port
        yield f"load balancer, {transport}", host, transport, balancer, port
        yield f"node port, {transport}", host, transport, node, str(number[transport])


# What may be under way. Each gives a command, and what has to be true once it was answered.
def scale():
    replicas = numbers.randrange(3, 7)
    return ["scale", "deployment/side", "--replicas", str(replicas)], lambda: lab.field("deployment side", ".spec.replicas") == str(replicas)


def rollout():
    return ["kubectl", "rollout", "restart", "deployment/web"], None


def delete_pod():
    pods = lab.field("pods -l app=web", ".items[*].metadata.name").split()
    return ["kubectl", "delete", "pod", numbers.choice(pods), "--wait=false"], None


def relabel():
    pods = lab.field("pods -l app=side", ".items[*].metadata.name").split()
    mark = str(numbers.randrange(1 << 30))
    pod = numbers.choice(pods)
    return ["label", f"pod/{pod}", f"mark={mark}"], lambda: lab.field(f"pod {pod}", ".metadata.labels.mark") in (mark, "")


def change_services():
    name = f"extra-{numbers.randrange(5)}"
    there = name in lab.field("services", ".items[*].metadata.name").split()
    if there:
        return ["delete", f"service/{name}"], lambda: name not in lab.field("services", ".items[*].metadata.name").split()
    path = kept(json.dumps(service(name, "side", type=numbers.choice(["ClusterIP", "LoadBalancer"]))), f"{name}.json")
    return ["apply", "-f", path, "--no-wait"], lambda: name in lab.field("services", ".items[*].metadata.name").split()


BUSY = [scale, rollout, delete_pod, relabel, change_services]


def settled():
    """Waits until nothing is under way any more: the same revisions, and all Pods ready, three times in a row."""
    seen = None
    same = 0
    for _ in range(200):
        objects = lab.client("dump_objects.py")
        pods = [o for k, o in objects.items() if k.startswith("Pod.v1/default/")]
        ready = all("deletionTimestamp" not in o["metadata"] and any(
            c["type"] == "Ready" and c["status"] == "True" for c in o.get("status", {}).get("conditions", [])) for o in pods)
        wanted = all(
            o["status"].get("readyReplicas") == o["spec"]["replicas"] and o["status"].get("updatedReplicas") == o["spec"]["replicas"]
            for k, o in objects.items() if k.startswith("Deployment"))
        now = {k: o["metadata"]["resourceVersion"] for k, o in objects.items()}
        same = same + 1 if ready and wanted and now == seen else 0
        if same >= 2:
            return objects
        seen = now
        time.sleep(0.1)
    faults.append("the lab does not come to rest")
    return objects


def differences(before, after):
    """What is another in objects that nobody changed."""
    lines = []
    for key in before.keys() | after.keys():
        if key.startswith("Event.") or before.get(key) == after.get(key):
            continue
        lines.append(f"{key}: {json.dumps(before.get(key))} {json.dumps(after.get(key))}")
    return lines


def leftovers(objects):
    """Namespaces and processes that are missing, left over or there twice."""
    pods = {k.split("/", 1)[1].replace("/", "."): o for k, o in objects.items()
            if k.startswith("Pod.v1/") and "kubernetes.io/config.mirror" not in o["metadata"].get("annotations", {})}
    nodes = [k.split("/")[2] for k in objects if k.startswith("Node.v1/")]
    places = {f"lab-{lab.name}-{name}" for name in ["host", "edge", "control-plane", *nodes, *pods]}
    there = {name for name in os.listdir("/run/netns") if name.startswith(f"lab-{lab.name}-")}
    lines = [f"namespace {name}" for name in places ^ there]
    marks = []
    with open(next(path for path in GROUPS if os.path.exists(path))) as file:
        for pid in file.read().split():
            try:
                with open(f"/proc/{pid}/environ", "rb") as environ, open(f"/proc/{pid}/status") as status:
                    first = next(line for line in status if line.startswith("NSpid:")).split()[-1] == "1"
                    marks += [v[14:] for v in environ.read().decode().split("\0") if first and v.startswith("LAB_CONTAINER=")]
            except (FileNotFoundError, ProcessLookupError):
                continue
    running = [f"{o['metadata']['uid']}/{c['name']}/{c['containerID'].rsplit('/', 1)[1]}" for o in pods.values()
               for c in o["status"].get("containerStatuses", []) if "running" in c["state"]]
    return lines + [f"processes {sorted(set(marks) ^ set(running))}"] if sorted(marks) != sorted(running) else lines


def daemon():
    with open(f"/run/lab/{lab.name}/lab.json") as file:
        return json.load(file)["daemon"]


subprocess.run(["gcc", "-O2", "-pthread", "-o", f"{work.name}/requests", f"{ROOT}/scripts/clients/requests.c"], check=True)
manifest = kept("\n---\n".join(json.dumps(item) for item in OBJECTS), "adoption.yaml")
faults, took, kinds = [], [], {}
with Lab("adoption", [manifest], nodes=3, proxyMode=MODE) as lab:
    GROUPS = [f"{root}/lab-{lab.name}/pods/cgroup.procs" for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")]
    time.sleep(1)
    asked = list(targets())
    loads = []
    began = time.time()
    for number in range(COUNT):
        if not loads or loads[-1].poll() is not None or number % 20 == 0:
            # Each stretch of load overlaps the next one, so that there is traffic at every moment.
            loads.append(subprocess.Popen(
                [f"{work.name}/requests", str(60), str(RATE), *(word for target in asked for word in target)],
                stdout=subprocess.PIPE, text=True))
        activity = None if number % 2 == 0 else numbers.choice(BUSY)
        kind = activity.__name__ if activity else "quiet"
        kinds[kind] = kinds.get(kind, 0) + 1
        before = settled() if activity is None else None
        command, check = activity() if activity else (None, None)
        busy = command and subprocess.Popen(
            [PROGRAM, *command[:1], "--lab", lab.name, *command[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(numbers.uniform(0, 0.4))
        answered = busy is not None and busy.poll() == 0
        os.kill(daemon(), signal.SIGKILL)
        time.sleep(numbers.choice([0, 0, 0.01, 0.3]))
        start = time.perf_counter()
        answer = run("status", "-o", "json")
        milliseconds = (time.perf_counter() - start) * 1e3
        if busy:
            busy.wait()
        if answer.returncode:
            faults.append(f"{number} ({kind}): {answer.stderr.strip()[-500:]}")
            break
        took.append(milliseconds)
        if before:
            lines = differences(before, lab.client("dump_objects.py"))
            faults += [f"{number}: {line[:2000]}" for line in lines[:3]]
        elif answered and check and not check():
            faults.append(f"{number} ({kind}): what was answered is not so: {command}")
        if number % 5 == 4 or number == COUNT - 1:
            objects = settled()
            faults += [f"{number} ({kind}): {line[:500]}" for line in leftovers(objects)]
            observed = json.loads(run("observe").stdout or "{}")
            if observed.get("differences") != 0:
                faults.append(f"{number} ({kind}): rules: {observed}")
        if len(faults) > 20:
            break
    answers = []
    for load in loads:
        answers += [json.loads(line) for line in load.communicate()[0].splitlines()]
    settled()
    with open(f"/run/lab/{lab.name}/daemon.log") as file:
        log = file.read()

failed = {transport: sum(answer["failed"] for answer in answers if answer["name"].endswith(transport)) for transport in ("tcp", "udp")}
faults += [f"{count} requests over {transport} failed" for transport, count in failed.items() if count]
took.sort()
print(json.dumps({
    "mode": MODE, "seed": SEED, "kills": len(took), "kinds": kinds, "seconds": round(time.time() - began),
    "adoptionMilliseconds": {"p50": round(took[len(took) // 2]), "p90": round(took[len(took) * 9 // 10]), "max": round(took[-1])} if took else None,
    "asked": sum(answer["asked"] for answer in answers), "failed": failed,
    "failures": [(answer["name"], answer["failures"][:5]) for answer in answers if answer["failed"]][:10],
    "slowest": max(answer["slowest"] for answer in answers), "repairs": log.count("brought up to date"), "faults": faults}, indent=1))
sys.exit(1 if faults else 0)
