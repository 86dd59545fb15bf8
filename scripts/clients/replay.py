# SPDX-License-Identifier: Apache-2.0
"""kubectl's own floor: a server that costs nothing, with the answers of a lab: replay.py PORT

Asks the lab once for what `kubectl get pods -A` asks for, then serves the same bytes from memory, without TLS and without
compression, on 127.0.0.1. Runs within the lab's host namespace with KUBECONFIG set, until it is ended.
"""
import http.server
import json
import socketserver
import sys
import urllib.parse

from lab_api import API

api = API()
table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
discovery = ("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
             "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json")
answers = {}


def remember(path, accept):
    response = api.send("GET", path, headers={"Accept": accept})
    answers[path] = response.headers["Content-Type"], response.read()
    return answers[path][1]


for path in ["/api", "/apis"]:
    remember(path, discovery)
remember("/version", "application/json")
path = "/api/v1/pods?limit=500"
while path:
    token = json.loads(remember(path, table))["metadata"].get("continue")
    path = token and "/api/v1/pods?" + urllib.parse.urlencode({"continue": token, "limit": 500})


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_GET(self):
        kind, body = answers.get(self.path) or answers.get(self.path.split("?")[0]) or ("text/plain", b"")
        self.wfile.write((f"HTTP/1.1 {200 if body else 404} x\r\nContent-Type: {kind}\r\n"
                          f"Content-Length: {len(body)}\r\n\r\n").encode() + body)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


print("ready", flush=True)
Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
