# SPDX-License-Identifier: Apache-2.0
"""Labs for measuring: brought up isolated, asked, and taken down; and the floor's programs."""
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("LAB", os.path.join(ROOT, ".build/programs/lab"))
work = tempfile.TemporaryDirectory(prefix="measure-")
# A manifest may have 16 MiB: larger ones are several files.
SERVICES_A_FILE = 10_000


def output(*words, **options):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def kept(text, name):
    path = os.path.join(work.name, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def settings(**spec):
    """The lab's own document."""
    return json.dumps({"apiVersion": "lab/v1", "kind": "Lab", "metadata": {"name": "measure"}, "spec": spec}) + "\n"


def services(count, endpoints):
    """Files with so many Services without selector, each with a slice of so many endpoints."""
    for first in range(0, count, SERVICES_A_FILE):
        parts = []
        for number in range(first, min(first + SERVICES_A_FILE, count)):
            parts.append(
                f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{number}}}\n"
                "spec: {ports: [{port: 80, targetPort: 8080}]}\n"
                f"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
                f"metadata: {{name: s{number}-a, labels: {{kubernetes.io/service-name: s{number}}}}}\n"
                'addressType: IPv4\nports: [{name: "", port: 8080}]\nendpoints:\n')
            for index in range(number * endpoints, (number + 1) * endpoints):
                address = f"10.{128 + index // 62500 % 100}.{index // 250 % 250}.{index % 250 + 2}"
                parts.append(f"- {{addresses: [{address}], conditions: {{ready: true}}}}\n")
        yield kept("".join(parts), f"services-{count}-{first}.yaml")


class Lab:
    """One isolated lab: `with Lab("a", files, nodes=2) as lab`."""

    def __init__(self, name, files, **spec):
        # Not by the process' number: in a namespace of its own that is the same each time, and control groups have none.
        self.name = f"{name}-{os.urandom(3).hex()}"
        # What was named first is made first: addresses that a file asks for are not yet given to others.
        self.files = [kept(settings(**spec), f"{self.name}.yaml"), *files]

    def __enter__(self):
        try:
            self.up = json.loads(output(
                PROGRAM, "up", "--isolated", "--name", self.name, "-o", "json", "--timeout", "300", *self.files,
                stderr=subprocess.PIPE))
        except subprocess.CalledProcessError as error:
            sys.exit(f"lab up: {error.stderr.strip()[-2000:]}")
        return self

    def __exit__(self, *_):
        subprocess.run([PROGRAM, "down", self.name], capture_output=True)

    def measure(self, changes):
        return json.loads(output(PROGRAM, "measure", "--lab", self.name, "--changes", str(changes)))

    def memory(self):
        """Megabytes that the daemon has in memory."""
        with open(f"/run/lab/{self.name}/lab.json") as file:
            process = json.load(file)["daemon"]
        with open(f"/proc/{process}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024

    def client(self, program, *words):
        """What a program of scripts/clients prints within the lab's host namespace, as JSON."""
        return json.loads(output(
            PROGRAM, "exec", "host", "--lab", self.name, "--", "env", f"KUBECONFIG=/run/lab/{self.name}/kubeconfig",
            f"PYTHONPATH={ROOT}/scripts/clients", sys.executable, f"{ROOT}/scripts/clients/{program}", *map(str, words)))

    def field(self, resource, path):
        return output(PROGRAM, "kubectl", "--lab", self.name, "get", *resource.split(), "-o", f"jsonpath={{{path}}}")

    def namespace(self, name):
        """The file of one of the lab's network namespaces."""
        return f"/run/netns/lab-{self.name}-{name}"


def compiled(name):
    """The program of scripts/floor/NAME.c."""
    path = os.path.join(work.name, name)
    if not os.path.exists(path):
        libraries = [] if name == "connect" else ["-lnftnl", "-lmnl"]
        subprocess.run(["gcc", "-O2", "-o", path, f"{ROOT}/scripts/floor/{name}.c", *libraries], check=True)
    return path


def keep(figures):
    """Adds figures to the file of the environment's FIGURES, a line of JSON each."""
    if path := os.environ.get("FIGURES"):
        with open(path, "a") as file:
            file.write(json.dumps(figures) + "\n")


median = statistics.median
