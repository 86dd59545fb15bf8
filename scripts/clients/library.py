# SPDX-License-Identifier: Apache-2.0
"""What Python's `kubernetes` client library (PyPI) does with a lab: lists, watches, creates, patches, execs, reads logs.

Runs within the lab's host namespace with KUBECONFIG set; prints a line for each thing that worked, and fails otherwise.
"""
import threading
import time

from kubernetes import client, config, watch
from kubernetes.stream import stream

config.load_kube_config()
core, apps = client.CoreV1Api(), client.AppsV1Api()
name, namespace = "library", "library-test"


def eventually(what, check, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        if value := check():
            print("ok:", what)
            return value
        time.sleep(0.05)
    raise SystemExit(f"not within {seconds} s: {what}")


print("ok: version", client.VersionApi().get_code().git_version)
core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
seen = []


def follow():
    for event in watch.Watch().stream(core.list_namespaced_pod, namespace, timeout_seconds=20):
        seen.append((event["type"], event["object"].metadata.name))


threading.Thread(target=follow, daemon=True).start()
labels = {"app": name}
container = client.V1Container(name="web", image="web", ports=[client.V1ContainerPort(container_port=8080)])
apps.create_namespaced_deployment(namespace, client.V1Deployment(
    metadata=client.V1ObjectMeta(name=name),
    spec=client.V1DeploymentSpec(
        replicas=2, selector=client.V1LabelSelector(match_labels=labels),
        template=client.V1PodTemplateSpec(
            metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=[container])))))
eventually("create: a Deployment comes up",
           lambda: apps.read_namespaced_deployment_status(name, namespace).status.ready_replicas == 2)
eventually("watch: its Pods are added and change",
           lambda: {"ADDED", "MODIFIED"} <= {kind for kind, _ in seen})
pods = core.list_namespaced_pod(namespace, label_selector="app=" + name).items
assert len(pods) == 2 and all(pod.status.pod_ip for pod in pods)
print("ok: list: two Pods with addresses")
apps.patch_namespaced_deployment_scale(name, namespace, {"spec": {"replicas": 3}})
eventually("patch: the scale", lambda: apps.read_namespaced_deployment(name, namespace).status.ready_replicas == 3)
apps.patch_namespaced_deployment(name, namespace, {"metadata": {"annotations": {"a": "b"}}})
assert apps.read_namespaced_deployment(name, namespace).metadata.annotations["a"] == "b"
print("ok: patch: an annotation")
pod = pods[0].metadata.name
text = stream(core.connect_get_namespaced_pod_exec, pod, namespace, command=["sh", "-c", "echo to $HOSTNAME; echo no >&2"],
              stderr=True, stdin=False, stdout=True, tty=False)
assert f"to {pod}" in text and "no" in text, text
print("ok: exec")
session = stream(core.connect_get_namespaced_pod_exec, pod, namespace, command=["cat"], stderr=True, stdin=True,
                 stdout=True, tty=False, _preload_content=False)
session.write_stdin("there and back\n")
assert session.readline_stdout(timeout=5) == "there and back"
session.close()
print("ok: exec with input")
core.create_namespaced_pod(namespace, client.V1Pod(
    metadata=client.V1ObjectMeta(name="speaks"),
    spec=client.V1PodSpec(restart_policy="Never", containers=[
        client.V1Container(name="c", image="busybox", command=["sh", "-c", "echo one; echo two"])])))
eventually("a Pod ends", lambda: core.read_namespaced_pod("speaks", namespace).status.phase == "Succeeded")
assert core.read_namespaced_pod_log("speaks", namespace) == "one\ntwo\n"
assert core.read_namespaced_pod_log("speaks", namespace, tail_lines=1) == "two\n"
print("ok: logs")
try:
    core.read_namespaced_pod("nobody", namespace)
    raise SystemExit("a Pod that is not there was found")
except client.ApiException as error:
    assert error.status == 404
print("ok: errors are Statuses")
dynamic = client.CustomObjectsApi()
core.delete_namespace(namespace)


def is_gone():
    try:
        core.read_namespace(namespace)
    except client.ApiException as error:
        return error.status == 404


eventually("delete: the namespace with all in it", is_gone)
