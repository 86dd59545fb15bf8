# SPDX-License-Identifier: Apache-2.0
"""How long after a label's change the rules of every node and a watching client know: latency.py LAB CHANGES

Runs within the lab's host namespace with KUBECONFIG set. A Pod of the Deployment web leaves and rejoins the Service web.
After each answer the kernel's tables are read in every node: they must be right already.
"""
import json
import subprocess
import sys
import threading
import time

from lab_api import API, quantile

lab, changes = sys.argv[1], int(sys.argv[2])
api = API()
pods = "/api/v1/namespaces/default/pods"
pod = api.call("GET", pods + "?labelSelector=app%3Dweb")["items"][0]
address, name = pod["status"]["podIP"], pod["metadata"]["name"]
# A Pod of its own: no controller makes another in its place.
api.call("POST", pods, {
    "metadata": {"name": "probe", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "web", "ports": [{"containerPort": 8080}]}]}})
for _ in range(500):
    pod = api.call("GET", pods + "/probe")
    if any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", [])):
        break
    time.sleep(0.02)
address = pod["status"]["podIP"]
nodes = [n["metadata"]["name"] for n in api.call("GET", "/api/v1/nodes")["items"]]

events, lock = {}, threading.Condition()


def watch():
    connection = api.connect()
    version = api.call("GET", pods)["metadata"]["resourceVersion"]
    response = api.send("GET", f"{pods}?watch=true&resourceVersion={version}", connection=connection)
    while line := response.readline():
        now = time.perf_counter()
        event = json.loads(line)
        with lock:
            events.setdefault(event["object"]["metadata"].get("resourceVersion"), now)
            lock.notify_all()


threading.Thread(target=watch, daemon=True).start()
time.sleep(0.3)


def rules(node):
    return subprocess.run(
        ["ip", "netns", "exec", f"lab-{lab}-{node}", "nft", "list", "map", "ip", "lab", "endpoints"],
        capture_output=True, text=True, check=True).stdout


written, seen, wrong = [], [], 0
for number in range(changes):
    value = "web" if number % 2 else "out"
    start = time.perf_counter()
    pod = api.call("PATCH", pods + "/probe", {"metadata": {"labels": {"app": value}}}, "application/merge-patch+json")
    written.append((time.perf_counter() - start) * 1e3)
    if number % 20 < 2:
        wrong += sum((f"{address} . 8080" in rules(node)) != (value == "web") for node in nodes)
    version = pod["metadata"]["resourceVersion"]
    with lock:
        lock.wait_for(lambda: version in events, 5)
        seen.append((events.get(version, float("inf")) - start) * 1e3)
api.call("DELETE", pods + "/probe?gracePeriodSeconds=0")
print(json.dumps({
    "changes": changes, "nodesWithWrongRules": wrong,
    "rules": {"p50": quantile(written, 0.5), "p99": quantile(written, 0.99), "max": max(written)},
    "watch": {"p50": quantile(seen, 0.5), "p99": quantile(seen, 0.99), "max": max(seen)}}))
