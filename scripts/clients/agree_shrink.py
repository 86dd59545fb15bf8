# SPDX-License-Identifier: Apache-2.0
"""Makes a cluster that fails smaller, piece by piece, for as long as it still fails and there is time."""
import copy
import time

#: Fields of a Service that are whole only together.
TOGETHER = {"sessionAffinity": ["sessionAffinityConfig"], "externalTrafficPolicy": ["healthCheckNodePort"],
            "externalIPs": []}


def without(made, *path):
    smaller = copy.deepcopy(made)
    place = smaller
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return smaller


def smaller_ones(made):
    """Every cluster that is one step smaller, the large steps first."""
    for name in made["services"]:
        yield without(made, "services", name)
    for app in sorted({pod["app"] for pod in made["pods"].values()} - {"client"}):
        smaller = copy.deepcopy(made)
        smaller["pods"] = {name: pod for name, pod in made["pods"].items() if pod["app"] != app}
        yield smaller
    for name in made["pods"]:
        if len(made["pods"]) > 1:
            yield without(made, "pods", name)
    used = {pod["node"] for pod in made["pods"].values()}
    for node in made["nodes"]:
        if node not in used and len(made["nodes"]) > 1:
            yield without(made, "nodes", node)
    yield from simpler_ones(made)


def simpler_ones(made):
    """Without one field, or with its plainest value."""
    for name, service in made["services"].items():
        for index in range(len(service["ports"])):
            if len(service["ports"]) > 1:
                yield without(made, "services", name, "ports", index)
        for field in service["fields"]:
            smaller = without(made, "services", name, "fields", field)
            for other in TOGETHER.get(field, []):
                smaller["services"][name]["fields"].pop(other, None)
            yield smaller
        for field in ("labels", "annotations"):
            if field in service:
                yield without(made, "services", name, field)
    for name, pod in made["pods"].items():
        if pod["state"] != "ready":
            smaller = copy.deepcopy(made)
            smaller["pods"][name]["state"] = "ready"
            yield smaller
        for field in ("hostPorts", "hostNetwork"):
            if field in pod:
                yield without(made, "pods", name, field)
    for node, fields in made["nodes"].items():
        for field in fields:
            yield without(made, "nodes", node, field)
    for field in made["lab"]:
        yield without(made, "lab", field)


def shrink(made, failure, fails, seconds=90):
    """The smallest cluster found that still fails, with its failure."""
    end = time.monotonic() + seconds
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for smaller in smaller_ones(made):
            if time.monotonic() > end:
                return made, failure
            found = fails(smaller, failure)
            if found:
                made, failure, is_smaller = smaller, {**failure, **found}, True
                break
    return made, failure
