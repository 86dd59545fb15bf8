# SPDX-License-Identifier: Apache-2.0
"""Draws the figures that FIGURES gathered: plots.py FIGURES FOLDER

Writes changes.svg, load.svg and connections.svg. Of rows that were measured more than once, the last counts.
"""
import json
import math
import os
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 400, 84, 190, 46, 56
COLOURS = {"lab": "#1a5fb4", "ten": "#26a269", "floor": "#77767b", "chains": "#c64600", "quoted": "#a51d2d"}
# Measured elsewhere and quoted in docs/performance.md: kube-proxy in nftables mode, by Services of 10 endpoints.
QUOTED_CHANGES = {1000: 191.0, 5000: 1484.0}
QUOTED_LOADS = {1000: 800.0, 5000: 4000.0}


def text(x, y, words, anchor="start", size=13, colour="#241f31", extra=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}" {extra}>'
            f"{words}</text>")


def document(title, height, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'font-family="sans-serif" role="img"><title>{title}</title>\n'
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n{text(16, 26, title, size=16)}\n'
            + "\n".join(body) + "\n</svg>\n")


def time_text(milliseconds):
    for unit, factor in ("s", 1000), ("ms", 1), ("µs", 0.001):
        if milliseconds >= factor * 0.999:
            return f"{milliseconds / factor:g} {unit}"
    return f"{milliseconds * 1e6:g} ns"


class Chart:
    """Lines over two logarithmic axes: the number of Services, and milliseconds."""

    def __init__(self, xs, low, high):
        self.xs, self.low, self.high, self.body, self.ends = xs, math.log10(low), math.log10(high), [], []
        for power in range(math.ceil(self.low), math.floor(self.high) + 1):
            y = self.y(10 ** power)
            self.body.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#deddda"/>')
            self.body.append(text(LEFT - 8, y + 4, time_text(10 ** power), "end"))
        for x in xs:
            if x == 5000:
                continue
            self.body.append(text(self.x(x), HEIGHT - BOTTOM + 20, f"{x:,}", "middle"))
        self.body.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "Services of 10 endpoints each", "middle"))

    def x(self, value):
        first, last = math.log10(min(self.xs)), math.log10(max(self.xs))
        return LEFT + 16 + (WIDTH - LEFT - RIGHT - 32) * (math.log10(value) - first) / (last - first)

    def y(self, value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (math.log10(value) - self.low) / (self.high - self.low)

    def line(self, name, colour, points, dash=""):
        points = sorted(points.items())
        if not points:
            return
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.body.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        for x, y in points:
            self.body.append(f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="3.5" fill="{colour}"/>')
        self.ends.append((self.y(points[-1][1]), self.x(points[-1][0]), name, colour))

    def write(self, path, title):
        # Names at the lines' ends, far enough from each other.
        last = {}
        for y, x, name, colour in sorted(self.ends):
            y = max(y, last.get(x, 0.0) + 17)
            self.body.append(text(x + 12, y + 4, name, colour=colour))
            last[x] = y
        with open(path, "w") as file:
            file.write(document(title, HEIGHT, self.body))


def services(rows, folder):
    def points(mode, nodes, field):
        return {row["services"]: value for row in rows if row["mode"] == mode and row["nodes"] == nodes
                and (value := field(row)) is not None}

    def below(field):
        return lambda row: row["floor"] and field(row["floor"])

    xs = sorted({row["services"] for row in rows} | set(QUOTED_CHANGES))
    chart = Chart(xs, 0.003, 3000)
    chart.line("kube-proxy (quoted)", COLOURS["quoted"], QUOTED_CHANGES)
    chart.line("Lab, iptables, 1 node", COLOURS["chains"], points("iptables", 1, lambda row: row["change"]["p50"]))
    chart.line("Lab, 10 nodes", COLOURS["ten"], points("nftables", 10, lambda row: row["change"]["p50"]))
    chart.line("its floor", COLOURS["floor"], points("nftables", 10, below(lambda row: row["change"]["p50"])), "5 4")
    chart.line("Lab, 1 node", COLOURS["lab"], points("nftables", 1, lambda row: row["change"]["p50"]))
    chart.line("its floor", COLOURS["floor"], points("nftables", 1, below(lambda row: row["change"]["p50"])), "5 4")
    chart.write(os.path.join(folder, "changes.svg"), "One endpoint comes or goes: until the last node's kernel has it (median)")
    chart = Chart(xs, 0.1, 10_000)
    chart.line("kube-proxy (quoted)", COLOURS["quoted"], QUOTED_LOADS)
    chart.line("Lab, iptables, 1 node", COLOURS["chains"], points("iptables", 1, lambda row: row["load"]))
    chart.line("Lab, 10 nodes", COLOURS["ten"], points("nftables", 10, lambda row: row["loadAll"]))
    chart.line("Lab, 1 node", COLOURS["lab"], points("nftables", 1, lambda row: row["load"]))
    chart.line("its floor", COLOURS["floor"], points("nftables", 1, below(lambda row: row["load"])), "5 4")
    chart.write(os.path.join(folder, "load.svg"), "Loading all rules anew")


def connections(figures, folder):
    def middle(values):
        return sorted(values)[len(values) // 2]

    names = [
        ("none direct", "no rules at all", "floor"), ("nftables 10000 direct", "nftables, to the Pod directly", "ten"),
        ("nftables 1 service", "nftables, through the one Service", "lab"),
        ("nftables 10000 service", "nftables, through the last of 10,000", "lab"),
        ("iptables 1 service", "iptables, through the one Service", "chains"),
        ("iptables 1000 service", "iptables, through the last of 1,000", "chains")]
    body, y = [], 52
    top = max(middle(times) for times in figures["medians"].values())
    for place, title in ("here", "to a Pod of the same node"), ("there", "to a Pod of another node"):
        body.append(text(16, y + 6, title))
        y += 18
        for name, words, colour in names:
            value = middle(figures["medians"][f"{name} {place}"])
            width = value / top * (WIDTH - 262 - 80)
            body.append(text(252, y + 12, words, "end", 12))
            body.append(f'<rect x="260" y="{y}" width="{width:.1f}" height="16" fill="{COLOURS[colour]}"/>')
            body.append(text(266 + width, y + 12, f"{value:.1f} µs", size=12))
            y += 21
        y += 14
    with open(os.path.join(folder, "connections.svg"), "w") as file:
        file.write(document("connect() of a new connection (median)", y, body))


rows, latest = {}, None
with open(sys.argv[1]) as file:
    for line in file:
        figures = json.loads(line)
        if row := figures.get("services"):
            rows[row["mode"], row["nodes"], row["services"]] = row
        latest = figures.get("connections", latest)
if rows:
    services(list(rows.values()), sys.argv[2])
if latest:
    connections(latest, sys.argv[2])
