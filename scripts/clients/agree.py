# SPDX-License-Identifier: Apache-2.0
"""Random clusters in real labs, held against the walker. Started by scripts/agree, in namespaces of its own."""
import argparse
import collections
import json
import multiprocessing
import os
import signal
import sys
import time
import traceback

import agree_check
import agree_cluster
import agree_shrink


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/agree", description=(
        "Brings random clusters up, each in an isolated lab, and sends packets from random places to random addresses: "
        "what the kernel does must be one of the walker's journeys, and over many connections the shares must fit "
        "its probabilities."))
    parser.add_argument("--seed", type=int, default=1, help="the first cluster's seed; the next have the next")
    parser.add_argument("--clusters", type=int, default=300)
    parser.add_argument("--packets", type=int, default=40, help="packets for each cluster")
    parser.add_argument("--connections", type=int, default=2000, help="connections for the shares of each cluster")
    parser.add_argument("--mode", choices=["nftables", "iptables", "both"], default="both",
                        help="both: one cluster in the one mode, the next in the other")
    parser.add_argument("--families", default="v4,v6,dual,dual6", help="of v4, v6, dual, dual6")
    parser.add_argument("--jobs", type=int, default=2, help="clusters at a time")
    parser.add_argument("--failures", type=int, default=3, help="end after so many")
    parser.add_argument("--shrink", type=float, default=90, help="seconds to make a failing cluster smaller; 0: not")
    parser.add_argument("--lab", default=os.environ.get("LAB_BINARY"), help="the program")
    return parser.parse_args()


def mode_of(options, seed):
    return options.mode if options.mode != "both" else ("nftables", "iptables")[seed % 2]


def work(options, seeds, results):
    """Takes seeds until there are none; says what each came to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        seed = seeds.get()
        if seed is None:
            return
        made = agree_cluster.cluster(seed, options.families.split(","), mode_of(options, seed))
        # Process numbers start anew in each run's own namespace, and cgroups are the machine's.
        name = f"agree-{os.urandom(4).hex()}"
        started = time.monotonic()
        try:
            result = agree_check.check(options.lab, made, name, options.packets, options.connections)
        except Exception:
            result = {"failures": [{"kind": "script", "error": traceback.format_exc()}], "counts": {}, "p": []}
        result.update(seed=seed, mode=made["mode"], seconds=time.monotonic() - started)
        if result["failures"]:
            result["smallest"] = smallest(options, made, name, result["failures"][0])
        results.put(result)


def smallest(options, made, name, failure):
    if not options.shrink or failure["kind"] == "script":
        return {"manifest": agree_cluster.manifest(made), "failure": failure}
    fails = lambda smaller, failure: agree_check.still_fails(options.lab, smaller, name, failure, options.connections)
    made, failure = agree_shrink.shrink(made, failure, fails, options.shrink)
    return {"manifest": agree_cluster.manifest(made), "failure": failure}


def show(result):
    """A failure for whoever is to mend it."""
    found = result["smallest"]
    failure = found["failure"]
    print(f"\nFAILED: seed {result['seed']}, {result['mode']}: {len(result['failures'])} disagreements; "
          f"the first, in the smallest cluster that still fails:", file=sys.stderr)
    for key in ("kind", "packet", "question", "kernel", "walker", "expected", "p", "rules", "error"):
        if key in failure:
            print(f"  {key}: {failure[key]}", file=sys.stderr)
    for text in failure.get("journeys", []):
        print("  journey: " + text.replace("\n", "\n    "), file=sys.stderr)
    print(found["manifest"], file=sys.stderr)
    for other in result["failures"][1:6]:
        print(f"  also: {other.get('packet')}: {other.get('kernel')}, not {other.get('walker')} {other.get('error', '')}",
              file=sys.stderr)
    print(f"again: scripts/agree --seed {result['seed']} --clusters 1 --mode {result['mode']}", file=sys.stderr)


def main():
    options = arguments()
    seeds, results = multiprocessing.Queue(), multiprocessing.Queue()
    for seed in range(options.seed, options.seed + options.clusters):
        seeds.put(seed)
    workers = [multiprocessing.Process(target=work, args=(options, seeds, results)) for _ in range(options.jobs)]
    for worker in workers:
        seeds.put(None)
        worker.start()
    started, totals, p_values, failed, modes, notes = (
        time.monotonic(), collections.Counter(), [], [], collections.Counter(), [])
    for done in range(1, options.clusters + 1):
        result = results.get()
        totals.update(result["counts"])
        p_values += result["p"]
        modes[result["mode"]] += 1
        notes += [f"seed {result['seed']}: {note}" for note in result.get("notes", [])]
        if result["failures"]:
            failed.append(result)
            show(result)
            if len(failed) >= options.failures:
                break
        if done % 10 == 0:
            print(f"{done} clusters, {totals['packets']} packets, {totals['connections']} connections, "
                  f"{len(failed)} failed, {time.monotonic() - started:.0f} s", file=sys.stderr)
    for worker in workers:
        worker.terminate()
    print(json.dumps({
        "seed": options.seed, "clusters": sum(modes.values()), "modes": modes, "counts": totals,
        "seconds": round(time.monotonic() - started, 1),
        "shares": {"tests": len(p_values), "smallest p": min(p_values, default=None),
                   "below 0.001": sum(p < 0.001 for p in p_values),
                   "rule": "a share fails when two samples of its own both have p < 0.001"},
        "notes": notes, "failed": [{"seed": each["seed"], "mode": each["mode"], **each["smallest"]} for each in failed],
    }, indent=2, default=str))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
