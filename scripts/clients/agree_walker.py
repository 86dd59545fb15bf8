# SPDX-License-Identifier: Apache-2.0
"""What the walker says of a packet: its journeys, in the words of agree_packets' outcomes."""
from fractions import Fraction

from agree_lab import Failed


class Way:
    """One journey: its share, the outcomes that are it on the wire, and its text."""

    def __init__(self, journey, accepted, who):
        self.share = Fraction(journey.get("probability", "1"))
        self.accepted, self.who = accepted, who
        self.text = journey.get("text", "")
        self.rules = journey.get("rules")


def walk(lab, packet, rules):
    """The walker's journeys as the daemon tells them. Here alone is it known how they are asked for."""
    address = f"[{packet.address}]" if ":" in packet.address else packet.address
    try:
        return lab.ask(verb="walk", to=f"{address}:{packet.port}", protocol=packet.protocol, rules=rules,
                       **{"from": packet.place})
    except Failed as error:
        if "no route" not in str(error):
            raise
        return [{"outcome": "unreachable", "because": str(error), "namespace": packet.place}]


class Walker:
    def __init__(self, lab, made):
        self.lab, self.made, self.listening = lab, made, {}

    def server(self, place, protocol, port):
        """The name that the server behind a port tells; None for one that tells none. A datagram's server knows no more
        than the name of its host."""
        for name, pod in self.made["pods"].items():
            is_here = pod["node"] == place if pod.get("hostNetwork") else name == place
            if is_here and pod["http" if protocol == "tcp" else "udp"] == port:
                return name if protocol == "tcp" else place
        return None

    def listens(self, place, protocol, port):
        # A node opens the ports of health checks some moments after the rules are there.
        if (protocol, port) not in self.listening.get(place, ()):
            self.listening[place] = self.lab.listeners(place)
        return (protocol, port) in self.listening[place]

    def outcomes(self, packet, journey):
        """What a journey looks like on the wire."""
        end = journey["outcome"]
        if end == "dropped":
            return {"silence"}
        if end == "rejected":
            return {"port-unreachable"}
        if end == "unreachable":
            # Where a neighbour does not answer, the kernel asks for three seconds before it says so; and nobody says that
            # an answer does not find back.
            reason = str(journey.get("because"))
            return {"unreachable", "silence"} if "nobody on" in reason or "answer" in reason else {"unreachable"}
        place = journey["namespace"].rpartition("/")[2]
        port = int(journey["destination"].rpartition(":")[2])
        if not self.listens(place, packet.protocol, port):
            return {"reset" if packet.protocol == "tcp" else "port-unreachable"}
        name = self.server(place, packet.protocol, port)
        if name is None:
            return {"open"} if packet.protocol == "tcp" else {"silence"}
        return {f"answer {name} seen {journey['source'].rpartition(':')[0].strip('[]')}"}

    def ways(self, packet, rules=False):
        found = []
        for journey in walk(self.lab, packet, rules):
            accepted = self.outcomes(packet, journey)
            first = sorted(accepted)[0]
            found.append(Way(journey, accepted, first.split()[1] if "answer" in first else first))
        return found


def accepts(ways, outcome):
    return any(outcome in way.accepted for way in ways)


def summary(ways):
    """The distinct outcomes with their shares."""
    shares = {}
    for way in ways:
        key = " or ".join(sorted(way.accepted))
        shares[key] = shares.get(key, 0) + way.share
    return {key: str(share) for key, share in sorted(shares.items())}
