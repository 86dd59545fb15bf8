# SPDX-License-Identifier: Apache-2.0
"""Prints every object that the API has, by kind, namespace and name, as one JSON object: dump_objects.py

Runs within the lab's host namespace with KUBECONFIG set.
"""
import json

from lab_api import API

api = API()
objects = {}
groups = [("/api/v1", "v1")] + [
    (f"/apis/{group['preferredVersion']['groupVersion']}", group["preferredVersion"]["groupVersion"])
    for group in api.call("GET", "/apis")["groups"]]
for path, version in groups:
    for resource in api.call("GET", path)["resources"]:
        if "/" in resource["name"] or "list" not in resource["verbs"]:
            continue
        for item in api.call("GET", f"{path}/{resource['name']}")["items"]:
            names = item["metadata"]
            objects[f"{resource['kind']}.{version}/{names.get('namespace', '')}/{names['name']}"] = item
print(json.dumps(objects))
