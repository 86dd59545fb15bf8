# SPDX-License-Identifier: Apache-2.0
# A real lab, its page, and a browser that looks at it.
import json
import os
import re
import subprocess
import tempfile
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
PROGRAM = os.environ.get("LAB_BINARY") or os.environ.get("LAB") or os.path.join(ROOT, ".build/programs/lab")

MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: web
          ports:
            - containerPort: 8080
          readinessProbe:
            httpGet:
              path: /readyz
              port: 8080
            periodSeconds: 1
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

# In the page before its own scripts: when a line came, and when something of the page changed.
WATCH = """
window.heard = [];
const Source = window.EventSource;
window.EventSource = class extends Source {
    constructor(...all) {
        super(...all);
        this.addEventListener('message', (event) => { const line = JSON.parse(event.data); window.heard.push({ n: line.n, kind: line.kind, key: line.key, at: Date.now() + performance.now() % 1, line }); });
    }
};
"""


class Lab:
    """A lab of its own, isolated, and `lab ui` for it."""

    def __init__(self, manifest, nodes=3, *options):
        self.name = f"page-{os.getpid()}"
        self.folder = tempfile.mkdtemp(prefix="lab-page-")
        self.file = os.path.join(self.folder, "web.yaml")
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(manifest)
        self.ui = None
        self.lab("up", "--isolated", "--name", self.name, "--nodes", str(nodes), *options, self.file, seconds=180)

    def lab(self, *words, seconds=60, **options):
        ran = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=seconds, check=False, **options)
        if ran.returncode:
            raise RuntimeError(f"lab {' '.join(words)}: exit code {ran.returncode}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}")
        return ran.stdout

    def kubectl(self, *words):
        return self.lab("kubectl", "--lab", self.name, *words)

    def at_host(self, script, seconds=60):
        return self.lab("exec", "host", "--lab", self.name, "--", "sh", "-c", script, seconds=seconds)

    def pods(self, selector="app=web"):
        return [each["metadata"]["name"] for each in json.loads(self.kubectl("get", "pods", "-l", selector, "-o", "json"))["items"]]

    def address(self):
        """Where the Service is to be reached from outside."""
        return json.loads(self.kubectl("get", "service", "web", "-o", "json"))["status"]["loadBalancer"]["ingress"][0]["ip"]

    def link(self):
        """The page's address with its token."""
        self.ui = subprocess.Popen([PROGRAM, "ui", "--lab", self.name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.ui.stdout.readline()
        found = re.search(r"http://\S+", line)
        if not found:
            raise RuntimeError(f"lab ui printed no link: {line!r}")
        return found[0]

    def burst(self, count, at_once=6):
        """So many requests, each a connection of its own, from the host; how many each Pod answered. `began` is when, in
        milliseconds since 1970."""
        script = f"date +began=%s%3N; seq {count} | xargs -P {at_once} -I{{}} curl -s -m 10 -w '\\n' http://{self.address()}/"
        answers = {}
        said = self.at_host(script, seconds=120)
        self.began = int(re.search(r"began=(\d+)", said).group(1))
        for pod in re.findall(r"Pod (\S+?)[!\s<]", said):
            answers[pod] = answers.get(pod, 0) + 1
        return answers

    def close(self):
        if self.ui:
            self.ui.terminate()
            self.ui.wait(10)
            self.ui.stdout.close()
        subprocess.run([PROGRAM, "down", self.name], capture_output=True, timeout=60, check=False)
        subprocess.run(["rm", "-rf", self.folder], check=False)


def look(browser, link):
    """Opens a lab's page, and waits for the state that the lab is in."""
    browser.command("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    started = time.time()
    browser.open(link)
    browser.until("window.heard.some(each => each.kind === 'ready') && document.querySelectorAll('.pod').length > 0 && document.querySelectorAll('.service').length > 0", 60)
    return started


# The connections of each endpoint's Pod, as the page has them.
SHARES = """Object.fromEntries([...document.querySelectorAll("li[data-service='default/web'] .share")].map(row => [/default\\/(\\S+)/.exec(row.title)?.[1] ?? row.dataset.endpoint, Number(row.dataset.connections)]).filter(([, number]) => number > 0))"""
TOTAL = """Number(document.querySelector("li[data-service='default/web']").dataset.total)"""
