# SPDX-License-Identifier: Apache-2.0
"""What a Service change and a full load cost, each beside the floor's program: services.py {MODE:NODES:SERVICES}...

Ten endpoints a Service. A row with 10 Services gives those after it, of the same mode and nodes, what they are held
against.
"""
import json
import sys

from labs import Lab, compiled, keep, output, services

ENDPOINTS = 10
CHANGES = {"nftables": 10_000, "iptables": 100}


def floor(nodes, count):
    measured = json.loads(output(compiled("services"), str(nodes), str(count), str(ENDPOINTS), "10000"))
    times = measured["milliseconds"]
    return {
        "load": times["loadOneNode"], "loadAll": times["encode"] + nodes * times["commitPerNode"],
        "change": times["change"]}


def measured(mode, nodes, count):
    spec = {"nodes": nodes, "proxyMode": mode, "ranges": {"services": "10.96.0.0/12"}}
    with Lab("services", services(count, ENDPOINTS), **spec) as lab:
        memory = lab.memory()
        figures = lab.measure(CHANGES[mode])
        patch = lab.client("patch_endpoint.py", lab.name, 1000 if mode == "nftables" else 50)
        return {
            "mode": mode, "nodes": nodes, "services": count, "endpoints": ENDPOINTS,
            "up": lab.up["milliseconds"], "memory": max(memory, lab.memory()), "load": figures["load"]["p50"],
            "loadAll": figures.get("loadAll", 0.0), "change": figures["changes"], "patch": patch,
            "floor": floor(nodes, count) if mode == "nftables" else None}


HEAD = ("mode      nodes Services |  load ms    floor | all nodes    floor |  change ms: p50      p99      max |"
        "  floor p50   p99 | to 10 | PATCH ms: p50  p99 | daemon   up s")
print(HEAD, flush=True)
first = {}
for word in sys.argv[1:]:
    mode, nodes, count = word.split(":")
    row = measured(mode, int(nodes), int(count))
    change, patch, floors = row["change"], row["patch"], row["floor"]
    base = first.setdefault((mode, nodes), change["p50"])
    row["ratio"] = change["p50"] / base
    below = [f"{floors['load']:8.1f}", f"{floors['loadAll']:8.1f}",
             f"{floors['change']['p50']:9.4f} {floors['change']['p99']:7.4f}"] if floors else ["-" * 8, "-" * 8, "-" * 17]
    print(f"{mode:9} {nodes:>5} {count:>8} | {row['load']:8.1f} {below[0]} | {row['loadAll']:9.1f} {below[1]} |"
          f" {change['p50']:14.4f} {change['p99']:8.4f} {change['max']:8.4f} | {below[2]} | {row['ratio']:5.2f} |"
          f" {patch['p50']:12.2f} {patch['p99']:5.2f} | {row['memory']:4.0f} MB {row['up'] / 1000:5.1f}", flush=True)
    if patch["late"]:
        print(f"after {patch['late']} answers a node did not have the rules yet")
    keep({"services": row})
print("load: one node's whole table, and all nodes' as at `lab up`; change: one endpoint out or in, from the Store's write"
      "\nto the last node's commit, by the daemon's clock; PATCH: the same from a client's request to its answer, before"
      "\nwhich every node's kernel had committed (its count of commits is read after each answer)")
