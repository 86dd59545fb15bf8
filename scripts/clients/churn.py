# SPDX-License-Identifier: Apache-2.0
"""Creates and deletes objects for so many seconds, and reports the daemon's memory: churn.py SECONDS DAEMON_PID [ROUNDS_A_SECOND]

Runs within the lab's host namespace with KUBECONFIG set. Prints a line of JSON every ten
seconds. A round is three Pods, a Service and a ConfigMap; 15 a second if not said otherwise, which is about what two cores
start and end.
"""
import json
import sys
import time

from lab_api import API

seconds, pid = float(sys.argv[1]), sys.argv[2]
rate = float(sys.argv[3]) if len(sys.argv) > 3 else 15
api = API()


def memory():
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def pod(name):
    return {"metadata": {"name": name, "labels": {"app": "churn"}}, "spec": {
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "web", "image": "web", "ports": [{"containerPort": 8080}]}]}}


base = "/api/v1/namespaces/default"
began = time.time()
end, next_report, rounds = began + seconds, began, 0
service = {"metadata": {"name": "churn"}, "spec": {"selector": {"app": "churn"}, "ports": [{"port": 80, "targetPort": 8080}]}}
while time.time() < end:
    rounds += 1
    time.sleep(max(0.0, began + rounds / rate - time.time()))
    api.call("POST", base + "/services", service)
    for number in range(3):
        api.call("POST", base + "/pods", pod(f"churn-{rounds}-{number}"))
    api.call("POST", base + "/configmaps", {"metadata": {"name": f"churn-{rounds}"}, "data": {"a": "b" * 10_000}})
    api.call("GET", base + "/pods")
    watch = api.connect()
    response = api.send("GET", base + "/pods?watch=true&timeoutSeconds=1", connection=watch)
    response.readline()
    watch.close()
    for number in range(3):
        api.call("DELETE", f"{base}/pods/churn-{rounds}-{number}?gracePeriodSeconds=0")
    api.call("DELETE", f"{base}/configmaps/churn-{rounds}")
    api.call("DELETE", base + "/services/churn")
    if time.time() >= next_report:
        print(json.dumps({"rounds": rounds, "kilobytes": memory()}), flush=True)
        next_report += 10
print(json.dumps({"rounds": rounds, "kilobytes": memory()}), flush=True)
