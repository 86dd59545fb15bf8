# SPDX-License-Identifier: Apache-2.0
"""A lab's API with nothing but Python's own library: one connection, kept open, and its kubeconfig's token."""
import base64
import http.client
import json
import os
import ssl
import urllib.parse


class API:
    def __init__(self, path=None):
        config = json.load(open(path or os.environ["KUBECONFIG"]))
        cluster = config["clusters"][0]["cluster"]
        self.token = config["users"][0]["user"]["token"]
        self.host = urllib.parse.urlsplit(cluster["server"]).netloc
        self.context = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        self.connection = self.connect()

    def connect(self):
        connection = http.client.HTTPSConnection(self.host, context=self.context, timeout=30)
        connection.connect()
        return connection

    def send(self, method, path, body=None, content_type="application/json", headers=None, connection=None):
        connection = connection or self.connection
        text = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        connection.request(method, path, text, {
            "Authorization": "Bearer " + self.token, "Content-Type": content_type, "Accept": "application/json",
            **(headers or {})})
        return connection.getresponse()

    def call(self, method, path, body=None, content_type="application/json"):
        response = self.send(method, path, body, content_type)
        text = response.read()
        value = json.loads(text) if text else None
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {value}")
        return value


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]
