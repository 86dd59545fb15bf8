#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Writes stories (docs/story.md) for the tests of the page: make_story.py small | large [PODS] | hostile, as JSON lines.
import json
import sys


class Story:
    """Lines of a story, in order, with the clock and the numbers of the cluster that it tells of."""

    def __init__(self, name, nodes, mode="nftables"):
        self.lines, self.t, self.revision, self.opening = [], 0.0, 0, True
        self.objects, self.totals, self.nodes = {}, {}, [f"node-{number + 1}" for number in range(nodes)]
        places = [{"name": "host", "kind": "host"}, {"name": "edge", "kind": "edge"}, {"name": "control-plane", "kind": "control-plane", "addresses": ["172.18.0.253"]}]
        places += [{"name": "outside-visitor", "kind": "outside", "addresses": ["198.51.100.70"]}]
        places += [{"name": node, "kind": "node", "addresses": [f"172.18.0.{number + 2}"]} for number, node in enumerate(self.nodes)]
        links = [{"a": each["name"], "b": "edge"} for each in places if each["name"] != "edge"]
        self.say("lab", name=name, version="0.1.0", format=1, startedAt="2026-11-22T00:50:00Z", revision=1, proxyMode=mode, isolated=True,
                 ranges=[{"family": "IPv4", "nodes": "172.18.0.0/24", "pods": "10.244.0.0/16", "services": "10.96.0.0/16", "loadBalancers": "203.0.113.0/24"}],
                 topology={"namespaces": places, "links": links}, setup={})
        for number, node in enumerate(self.nodes):
            self.node(node, f"172.18.0.{number + 2}")

    def say(self, kind, **fields):
        self.lines.append({"t": round(self.t, 1), "n": len(self.lines) + 1, "kind": kind, **fields})

    def after(self, milliseconds):
        self.t += milliseconds

    def ready(self):
        self.say("ready", revision=self.revision)
        self.opening = False

    def put(self, value, verb=None, source=None):
        self.revision += 1
        metadata = value["metadata"]
        metadata["resourceVersion"] = str(self.revision)
        name = f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else metadata["name"]
        key = f"{value['kind']}/{name}"
        fields = {"verb": verb or ("modified" if key in self.objects else "added"), "revision": self.revision, "key": key, "object": json.loads(json.dumps(value))}
        if source:
            fields["source"] = source
        if self.opening:
            fields["opening"] = True
        self.objects[key] = value
        if verb == "deleted":
            del self.objects[key]
        self.say("object", **fields)
        return value

    def node(self, name, address, ready=True):
        self.put({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": {},
                  "status": {"addresses": [{"type": "InternalIP", "address": address}], "conditions": [{"type": "Ready", "status": "True" if ready else "Unknown"}]}})

    def pod(self, namespace, name, node, address, labels, owner=None, ready=True, annotations=None):
        metadata = {"name": name, "namespace": namespace, "labels": labels, "creationTimestamp": f"2026-11-22T00:50:{len(self.lines) % 60:02d}Z", **({"annotations": annotations} if annotations else {})}
        if owner:
            metadata["ownerReferences"] = [{"kind": "ReplicaSet", "name": owner, "controller": True, "uid": owner}]
        return self.put({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"nodeName": node, "containers": [{"name": "app", "image": "app:1.0", "ports": [{"containerPort": 8080}]}]},
                         "status": {"phase": "Running", "podIP": address, "conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}})

    def service(self, namespace, name, address, selector, external=None, port=8080, source=None, number=1):
        kind = "LoadBalancer" if external else "ClusterIP"
        ports = [{"name": "http", "port": port, "targetPort": 8080, "protocol": "TCP", **({"nodePort": 30080} if external else {})}]
        return self.put({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
                         "spec": {"type": kind, "clusterIP": address, "clusterIPs": [address], "selector": selector, "ports": ports},
                         "status": {"loadBalancer": {"ingress": [{"ip": external}]} if external else {}}}, source=source)

    def slice(self, namespace, service, pods, part=""):
        endpoints = [{"addresses": [pod["status"]["podIP"]], "nodeName": pod["spec"]["nodeName"], "targetRef": {"kind": "Pod", "namespace": namespace, "name": pod["metadata"]["name"]},
                      "conditions": {"ready": pod["status"]["conditions"][0]["status"] == "True"}} for pod in pods]
        return self.put({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "metadata": {"name": f"{service}-x7k2p{part}", "namespace": namespace, "labels": {"kubernetes.io/service-name": service}},
                         "endpoints": endpoints, "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]})

    def deployment(self, namespace, name, owner, labels, replicas, ready, old=0, template="5c66f456c6"):
        uid = f"{namespace}/{name}"
        self.put({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace, "uid": uid, "generation": 1}, "spec": {"replicas": replicas, "selector": {"matchLabels": labels}},
                  "status": {"observedGeneration": 1, "replicas": replicas + old, "updatedReplicas": replicas, "readyReplicas": ready}})
        self.put({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": owner, "namespace": namespace, "labels": {**labels, "pod-template-hash": template}, "ownerReferences": [{"kind": "Deployment", "name": name, "uid": uid, "controller": True}], "annotations": {"deployment.kubernetes.io/revision": "1"}},
                  "spec": {"replicas": replicas}, "status": {"replicas": replicas, "readyReplicas": ready}})

    def rules(self, service, location, address, port, pods, whole=False, before=(), pool=2):
        """The batch of each node for one Service: its address, its pool, its endpoints."""
        where = f"Service {service} spec.ports[0] ({location})"
        added = [f"element ip lab service-ips {{ {address} . tcp . {port} : {pool:#010x} }}", f"element ip lab pools {{ {pool:#010x} : {len(pods):#010x} }}"]
        because = [where, where]
        for slot, pod in enumerate(pods):
            added.append(f"element ip lab endpoints {{ {pool:#010x} . {slot:#010x} : {pod['status']['podIP']} . 8080 }}")
            because.append(f"Service {service} spec.selector ({location})")
        removed = [f"element ip lab endpoints {{ {pool:#010x} . {slot:#010x} : {pod['status']['podIP']} . 8080 }}" for slot, pod in enumerate(before)] + ([f"element ip lab pools {{ {pool:#010x} : {len(before):#010x} }}"] if before else [])
        if whole:
            added.append("rule ip lab nat-prerouting meta mark set ip daddr . meta l4proto . th dport map @service-ips goto balance")
            because.append("lab: finds the pool of a cluster address and port")
        for node in self.nodes:
            self.say("rules", node=node, family="IPv4", engine="nftables", revision=self.revision, **({"whole": True} if whole else {"milliseconds": 0.3}), added=added, removed=removed, because=because)

    def connections(self, service, pods, address, external, count, client="host"):
        """So many connections, dealt over the Pods in turn with a little unevenness, and the counters after each ten."""
        for number in range(count):
            pod = pods[(number * 7 + number // 5) % len(pods)]
            key = (service, f"{pod['status']['podIP']}:8080", f"{pod['metadata']['namespace']}/{pod['metadata']['name']}")
            self.totals[key] = self.totals.get(key, 0) + 1
            entry = self.nodes[number % len(self.nodes)]
            node = pod["spec"]["nodeName"]
            via = [client, "edge", entry] + (["edge", node] if node != entry else []) + [key[2]]
            dnat = [external, f"172.18.0.{self.nodes.index(entry) + 2}:30080", key[1]] if external else [address, key[1]]
            self.after(8)
            if number % 3 == 0:
                self.say("connection", **{"from": client}, service=service, endpoint=key[1], pod=key[2], via=via, dnat=dnat, outcome="delivered")
            if number % 10 == 9 or number == count - 1:
                self.counters()

    def counters(self):
        self.say("counters", node="edge", services=[{"service": service, "port": "http", "endpoint": endpoint, "pod": pod, "connections": total} for (service, endpoint, pod), total in self.totals.items()],
                 refused=0, dropped=0, conntrack={"used": sum(self.totals.values()), "max": 262144})


def dns(story):
    pods = []
    for number in range(2):
        address = f"10.244.{number}.2"
        pods.append(story.pod("kube-system", f"coredns-5c66f456c6-{'lhcsq' if number else 'tgnnm'}", story.nodes[number % len(story.nodes)], address, {"k8s-app": "kube-dns", "pod-template-hash": "5c66f456c6"}, "coredns-5c66f456c6"))
    story.service("kube-system", "kube-dns", "10.96.0.10", {"k8s-app": "kube-dns"}, port=53)
    story.slice("kube-system", "kube-dns", pods)


MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: LoadBalancer
  # Who answers: all Pods with these labels.
  selector:
    app: web
  ports:
    - name: http
      port: 80
      targetPort: 8080
"""


def small():
    """One Service over four Pods: a burst, a relabelled Pod, a new one, a rollout's step, a frozen node, a failure."""
    story = Story("web-shop", 3)
    dns(story)
    story.say("source", file="Labs/web.yaml", text=MANIFEST)
    hash_, pods = "7c89785fd4", []
    for number, tail in enumerate(["6j954", "kzl6k", "s7wgq", "x2b8n"]):
        pods.append(story.pod("default", f"web-{hash_}-{tail}", story.nodes[number % 3], f"10.244.{number % 3}.{number + 3}", {"app": "web", "pod-template-hash": hash_}, f"web-{hash_}"))
    db = story.pod("default", "db-0", "node-3", "10.244.2.9", {"app": "db"})
    story.deployment("default", "web", f"web-{hash_}", {"app": "web"}, 4, 4, template=hash_)
    place = "Labs/web.yaml:8"
    story.service("default", "web", "10.96.106.102", {"app": "web"}, external="203.0.113.1", port=80, source=place)
    story.slice("default", "web", pods)
    story.service("default", "db", "10.96.4.20", {"app": "db"}, port=5432)
    story.slice("default", "db", [db])
    story.rules("default/web", "Labs/web.yaml:17", "10.96.106.102", 80, pods, whole=True)
    story.ready()
    story.after(400)
    story.say("step", number=1, count=4, title="All four Pods answer", state="running")
    story.connections("default/web", pods, "10.96.106.102:80", "203.0.113.1:80", 120)
    story.connections("default/db", [db], "10.96.4.20:5432", None, 9, client="default/" + pods[0]["metadata"]["name"])
    story.say("request", **{"from": "host"}, to="http://203.0.113.1:80/", outcome="answered", status=200, pod="default/" + pods[1]["metadata"]["name"], milliseconds=1.7)
    story.say("step", number=1, count=4, title="All four Pods answer", state="passed", milliseconds=980)
    story.after(300)
    story.say("step", number=2, count=4, title="A relabelled Pod leaves its Service", state="running")
    pods[2]["metadata"]["labels"]["app"] = "web-aside"
    story.put(pods[2])
    story.after(1)
    left = [pods[0], pods[1], pods[3]]
    story.slice("default", "web", left)
    story.rules("default/web", "Labs/web.yaml:17", "10.96.106.102", 80, left, before=pods)
    story.after(40)
    new = story.pod("default", f"web-{hash_}-q9d4t", "node-3", "10.244.2.12", {"app": "web", "pod-template-hash": hash_}, f"web-{hash_}", ready=False)
    story.after(400)
    new["status"]["conditions"][0]["status"] = "True"
    story.put(new)
    four = left + [new]
    story.slice("default", "web", four)
    story.rules("default/web", "Labs/web.yaml:17", "10.96.106.102", 80, four, before=left)
    story.connections("default/web", four, "10.96.106.102:80", "203.0.113.1:80", 80)
    story.say("step", number=2, count=4, title="A relabelled Pod leaves its Service", state="passed", milliseconds=1210)
    story.after(500)
    story.say("fault", verb="set", id="freeze/node-2", text="node-2 is frozen", fault={"id": "freeze/node-2", "kind": "freeze", "of": {"node": "node-2"}, "text": "node-2 is frozen"})
    story.after(60)
    story.node("node-2", "172.18.0.3", ready=False)
    pods[1]["status"]["conditions"][0]["status"] = "False"
    story.put(pods[1])
    story.slice("default", "web", four)
    story.say("request", **{"from": "host"}, to="http://203.0.113.1:80/", outcome="timedOut", milliseconds=2000, error="no answer in 2 s")
    three = [pod for pod in four if pod is not pods[1]]
    story.rules("default/web", "Labs/web.yaml:17", "10.96.106.102", 80, three, before=four)
    story.connections("default/web", three, "10.96.106.102:80", "203.0.113.1:80", 40, client="outside-visitor")
    story.say("failure", text="the health checks of node-2 found no answer for 2 s")
    story.after(700)
    story.say("fault", verb="cleared", id="freeze/node-2", text="node-2 is frozen")
    story.node("node-2", "172.18.0.3")
    pods[1]["status"]["conditions"][0]["status"] = "True"
    story.put(pods[1])
    story.slice("default", "web", four)
    story.rules("default/web", "Labs/web.yaml:17", "10.96.106.102", 80, four, before=three)
    story.connections("default/web", four, "10.96.106.102:80", "203.0.113.1:80", 60, client="outside-visitor")
    story.after(200)
    story.say("end", reason="ended")
    return story


def large(count):
    """So many Pods on as many nodes as hold a hundred each, in twenty Services, whose counters and readiness change all the time."""
    story = Story("thousand", max(3, count // 100))
    dns(story)
    groups = [[] for _ in range(20)]
    for number in range(count):
        group, node = number % 20, number % len(story.nodes)
        groups[group].append(story.pod("default", f"web-{group:02d}-7c89785fd4-{number:05x}", story.nodes[node], f"10.244.{node}.{number // len(story.nodes) + 3}", {"app": f"web-{group:02d}", "pod-template-hash": f"7c89785f{group:02d}"}, f"web-{group:02d}-7c89785fd4"))
    for group, pods in enumerate(groups):
        story.service("default", f"web-{group:02d}", f"10.96.1.{group + 1}", {"app": f"web-{group:02d}"}, external=f"203.0.113.{group + 1}" if group == 0 else None)
        story.slice("default", f"web-{group:02d}", pods)
    story.ready()
    for turn in range(60):
        group = turn % 20
        pods = groups[group]
        story.after(20)
        pod = pods[turn % len(pods)]
        pod["status"]["conditions"][0]["status"] = "False" if turn % 2 else "True"
        story.put(pod)
        story.slice("default", f"web-{group:02d}", pods)
        story.connections(f"default/web-{group:02d}", pods, f"10.96.1.{group + 1}:8080", "203.0.113.1:8080" if group == 0 else None, 20)
    return story


HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script></script>\u2028{{7*7}}${window.hacked=3}'


def hostile():
    """Markup and script wherever a lab's text can hold it."""
    story = Story(HOSTILE, 2)
    name = "a.b-c"
    pod = story.pod("default", name, "node-1", "10.244.0.3", {"app": "x", "quoted": HOSTILE}, annotations={HOSTILE: HOSTILE, "kubernetes.io/description": "javascript:alert(1)"})
    pod["spec"]["containers"][0]["args"] = [HOSTILE]
    story.put(pod)
    service = story.service("default", "x", "10.96.0.11", {"app": "x"}, external=HOSTILE, source="Labs/" + HOSTILE + ".yaml:1")
    service["metadata"]["annotations"] = {HOSTILE: HOSTILE}
    story.put(service, source="Labs/x.yaml:1")
    story.say("source", file="Labs/x.yaml", text=f"kind: Service # {HOSTILE}\n{HOSTILE}: {HOSTILE}\n")
    story.slice("default", "x", [pod])
    story.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "namespace": "default"}, "data": {HOSTILE: HOSTILE}})
    story.put({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": HOSTILE, "namespace": HOSTILE, "uid": "1"}, "spec": {"replicas": 1, "selector": {"matchLabels": {HOSTILE: HOSTILE}}}, "status": {}})
    story.rules("default/x", HOSTILE + ":1", "10.96.0.11", 80, [pod], whole=True)
    story.say("rules", node="node-1", family="IPv4", engine="nftables", revision=3, whole=True, added=[HOSTILE, f"element ip lab service-ips {{ {HOSTILE} : {HOSTILE} }}"], removed=[], because=[HOSTILE, f"Service default/x {HOSTILE} (Labs/x.yaml:1)"])
    story.ready()
    story.after(50)
    story.put({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "default"}, "reason": HOSTILE, "message": HOSTILE, "involvedObject": {"kind": "Pod", "name": HOSTILE}})
    story.say("step", number=1, count=1, title=HOSTILE, state="failed", failures=[HOSTILE])
    story.say("fault", verb="set", id=HOSTILE, text=HOSTILE, fault={"of": {"node": "node-1"}, "kind": HOSTILE})
    story.say("failure", text=HOSTILE)
    story.say("request", **{"from": HOSTILE}, to=HOSTILE, outcome="answered", status=HOSTILE, pod=HOSTILE, error=HOSTILE)
    story.say("connection", **{"from": "host"}, service="default/x", endpoint=HOSTILE, pod="default/a.b-c", via=["host", "edge", "node-1", "default/a.b-c"], dnat=[HOSTILE, HOSTILE + "2"], outcome=HOSTILE)
    story.say("journey", journey={"journey": {"hops": [{"namespace": HOSTILE, "action": "rule", "source": HOSTILE, "destination": HOSTILE, "rule": {"chain": HOSTILE, "rule": HOSTILE, "element": HOSTILE, "because": {"object": HOSTILE, "field": HOSTILE, "location": HOSTILE}}}]}, "agreement": HOSTILE}, revision=3)
    story.say("counters", node="edge", services=[{"service": "default/x", "port": HOSTILE, "endpoint": HOSTILE, "pod": HOSTILE, "connections": 3}], refused=HOSTILE, dropped=HOSTILE, conntrack={"used": HOSTILE, "max": HOSTILE})
    story.say("constructor", text=HOSTILE)
    story.say("__proto__", text=HOSTILE)
    return story


def make(which, count=1000):
    return {"small": small, "large": lambda: large(count), "hostile": hostile}[which]().lines


if __name__ == "__main__":
    for each in make(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000):
        print(json.dumps(each, separators=(",", ":")))
