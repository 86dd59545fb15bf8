# SPDX-License-Identifier: Apache-2.0
"""Changes endpoints, Pods and Services for so many seconds: dataplane_churn.py SECONDS SEED [CHANGES_A_SECOND]

Runs within the lab's host namespace with KUBECONFIG set, on the lab of `scripts/hardship dataplane`. What it takes away is
never the last ready endpoint of a Service that is asked. At its end all is as it was, and it prints a line of JSON: how
often it did what, the moments at which it killed a Pod without grace, and what the API refused.
"""
import http.client
import json
import random
import sys
import time

from lab_api import API, quantile

seconds, seed = float(sys.argv[1]), int(sys.argv[2])
rate = float(sys.argv[3]) if len(sys.argv) > 3 else 50.0
random.seed(seed)
api = API()
base = "/api/v1/namespaces/default"
slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
merge = "application/merge-patch+json"
counts, took, refused, killed = {}, [], [], []
services = []
# A Pod takes two cores some tens of milliseconds to start and end, beside the requests.
PODS_A_SECOND = 2.0
next_pod = next_kill = 0.0


def pods(app):
    items = api.call("GET", f"{base}/pods?labelSelector=app%3D{app}")["items"]
    return [item for item in items if "deletionTimestamp" not in item["metadata"]]


def is_ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", []))


def flip():
    """A Pod of its own leaves the Services or comes back: its label says whether it is behind them."""
    number = random.randrange(6)
    flipped[number] = not flipped[number]
    api.call("PATCH", f"{base}/pods/flip-{number}", {"metadata": {"labels": {"app": "out" if flipped[number] else "web"}}}, merge)


def edit_slice():
    """One of the endpoints that somebody wrote by hand."""
    endpoints[random.randrange(len(endpoints))]["conditions"]["ready"] = random.random() < 0.5
    endpoints[0]["conditions"]["ready"] = True
    api.call("PATCH", f"{slices}/outside-a", {"endpoints": endpoints}, merge)


def end_pod():
    """A Pod of the Deployment ends with its grace, and another is made; not before all are ready again."""
    there = pods("web")
    mine = [pod for pod in there if pod["metadata"]["name"].startswith("web-")]
    if len(mine) >= 6 and all(is_ready(pod) for pod in mine):
        api.call("DELETE", f"{base}/pods/{random.choice(mine)['metadata']['name']}?gracePeriodSeconds=2")


def kill_pod():
    """A Pod of another Deployment ends at once, with whoever is connected to it."""
    there = [pod for pod in pods("crash") if is_ready(pod)]
    if len(there) >= 3:
        killed.append(time.time())
        api.call("DELETE", f"{base}/pods/{random.choice(there)['metadata']['name']}?gracePeriodSeconds=0")


def add_service():
    kind = random.choice(["ClusterIP", "NodePort", "LoadBalancer"])
    spec = {"type": kind, "selector": {"app": random.choice(["web", "crash"])}, "ports": [
        {"name": "tcp", "port": random.randrange(1, 60000), "targetPort": 8080},
        {"name": "udp", "port": random.randrange(1, 60000), "protocol": "UDP", "targetPort": 8081}]}
    if random.random() < 0.3:
        spec |= {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": random.choice([5, 60])}}}
    if kind != "ClusterIP" and random.random() < 0.3:
        spec["externalTrafficPolicy"] = "Local"
    if random.random() < 0.2:
        spec["internalTrafficPolicy"] = "Local"
    if kind == "LoadBalancer" and random.random() < 0.3:
        spec["loadBalancerSourceRanges"] = ["192.0.2.0/24", "198.51.100.0/24"]
    name = f"churn-{sum(counts.values())}"
    api.call("POST", f"{base}/services", {"metadata": {"name": name}, "spec": spec})
    services.append(name)


def remove_service():
    name = services[random.randrange(len(services))]
    api.call("DELETE", f"{base}/services/{name}")
    services.remove(name)


flipped = [False] * 6
endpoints = api.call("GET", f"{slices}/outside-a")["endpoints"]
began = time.time()
done = 0
while time.time() < began + seconds:
    time.sleep(max(0.0, began + done / rate - time.time()))
    done += 1
    draw, now = random.random(), time.time()
    if now >= next_kill and done > 10:
        action, next_kill = kill_pod, now + random.uniform(3, 6)
    elif now >= next_pod and done > 10:
        action, next_pod = end_pod, now + 1 / PODS_A_SECOND
    elif draw < 0.1:
        action = remove_service if len(services) > random.randrange(1, 40) else add_service
    elif draw < 0.3:
        action = edit_slice
    else:
        action = flip
    start = time.perf_counter()
    try:
        action()
        counts[action.__name__] = counts.get(action.__name__, 0) + 1
    except (RuntimeError, OSError, http.client.HTTPException) as error:
        # A Pod that has just gone, and the like.
        refused.append(f"{action.__name__}: {type(error).__name__} {error}"[:200])
        if not isinstance(error, RuntimeError):
            api.connection = api.connect()
    took.append((time.perf_counter() - start) * 1e3)
while services:
    remove_service()
for number in range(6):
    if flipped[number]:
        api.call("PATCH", f"{base}/pods/flip-{number}", {"metadata": {"labels": {"app": "web"}}}, merge)
for endpoint in endpoints:
    endpoint["conditions"]["ready"] = True
api.call("PATCH", f"{slices}/outside-a", {"endpoints": endpoints}, merge)
print(json.dumps({
    "seconds": round(time.time() - began, 1), "changes": done, "perSecond": round(done / (time.time() - began), 1),
    "done": counts, "milliseconds": {"p50": quantile(took, 0.5), "p99": quantile(took, 0.99), "max": max(took)},
    "killed": killed, "refused": len(refused), "refusals": refused[:5]}))
