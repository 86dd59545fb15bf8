# SPDX-License-Identifier: Apache-2.0
"""An isolated lab: brought up, asked through its daemon's socket and its API, and taken down. Sockets are opened in
its namespaces by one thread that enters them one after another."""
import base64
import contextlib
import ctypes
import http.client
import json
import os
import socket
import ssl
import subprocess
import time
import urllib.parse

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def enter(descriptor):
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Failed(Exception):
    """The lab did not do what it was asked: a finding of its own."""


class Lab:
    def __init__(self, binary, name):
        self.binary, self.name = binary, name
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.namespaces, self.control, self.api = {}, None, None

    # The lab's life

    def up(self, text, seconds=30):
        command = [self.binary, "up", "-", "--isolated", "--no-wait", "--name", self.name, "-o", "json"]
        ran = subprocess.run(command, input=text, capture_output=True, text=True, timeout=seconds)
        if ran.returncode != 0:
            raise Failed(f"lab up: exit code {ran.returncode}: {(ran.stderr + ran.stdout)[-600:]}")

    def down(self):
        if self.control:
            self.control.close()
        for descriptor in self.namespaces.values():
            os.close(descriptor)
        self.namespaces, self.control, self.api = {}, None, None
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run([self.binary, "down", self.name], capture_output=True, timeout=30)
        os.close(self.home)

    def log(self):
        """What the daemon had to say."""
        with open(f"/run/lab/{self.name}/daemon.log") as lines:
            return [line.strip() for line in lines]

    # Its namespaces

    @contextlib.contextmanager
    def inside(self, place):
        """Runs the body in the network namespace of a place: host, edge, a node, a Pod of the namespace default."""
        if place not in self.namespaces:
            for name in (place, f"default.{place}"):
                with contextlib.suppress(FileNotFoundError):
                    self.namespaces[place] = os.open(f"/run/netns/lab-{self.name}-{name}", os.O_RDONLY)
            if place not in self.namespaces:
                raise Failed(f"there is no namespace of {place}")
        enter(self.namespaces[place])
        try:
            yield
        finally:
            enter(self.home)

    def run_inside(self, place, command, text=None):
        with self.inside(place):
            return subprocess.run(command, input=text, capture_output=True, text=True, timeout=20)

    def listeners(self, place):
        """The ports that something listens on in a place: (protocol, port)."""
        found = set()
        with self.inside(place):
            for protocol in ("tcp", "udp"):
                for file in (protocol, protocol + "6"):
                    with contextlib.suppress(FileNotFoundError), open(f"/proc/thread-self/net/{file}") as lines:
                        for line in list(lines)[1:]:
                            words = line.split()
                            # 0A is LISTEN; a UDP socket that is not connected is in state 07.
                            if words[3] == {"tcp": "0A", "udp": "07"}[protocol]:
                                found.add((protocol, int(words[1].split(":")[1], 16)))
        return found

    # Its daemon

    def ask(self, **request):
        """Sends one request to the daemon; what it answers in the end."""
        if not self.control:
            self.control = socket.socket(socket.AF_UNIX)
            self.control.settimeout(30)
            self.control.connect(f"/run/lab/{self.name}/lab.sock")
            self.lines = self.control.makefile("r")
            self.lines.readline()
        self.control.sendall((json.dumps(request) + "\n").encode())
        for line in self.lines:
            reply = json.loads(line)
            if "done" in reply:
                return reply["done"]
            if "error" in reply:
                raise Failed(f"{request.get('verb')}: {reply['error']}")
        raise Failed(f"{request.get('verb')}: the daemon ended")

    # Its API

    def get(self, path):
        return self.request("GET", path)

    def request(self, method, path, body=None, content_type="application/json"):
        if not self.api:
            config = json.load(open(f"/run/lab/{self.name}/kubeconfig"))
            cluster = config["clusters"][0]["cluster"]
            self.token = config["users"][0]["user"]["token"]
            context = ssl.create_default_context(
                cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
            self.api = http.client.HTTPSConnection(
                urllib.parse.urlsplit(cluster["server"]).netloc, context=context, timeout=20)
            with self.inside("host"):
                self.api.connect()
        self.api.request(method, path, json.dumps(body) if body is not None else None, {
            "Authorization": "Bearer " + self.token, "Accept": "application/json", "Content-Type": content_type})
        response = self.api.getresponse()
        text = response.read()
        if response.status >= 400:
            raise Failed(f"{method} {path}: {response.status} {text[:300]}")
        return json.loads(text)

    def eventually(self, what, condition, seconds=15, also=lambda: ""):
        deadline, delay = time.monotonic() + seconds, 0.01
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > deadline:
                raise Failed(f"not within {seconds} s: {what} {also()}")
            time.sleep(delay)
            delay = min(delay * 1.5, 0.2)
