# SPDX-License-Identifier: Apache-2.0
"""Who may answer, by the rules of Kubernetes alone: worked out from the manifest, without a look at the lab. Where both the
walker and the kernel are wrong in the same way, this is not. It knows of the common cases, and is silent (None) of others."""
import ipaddress


class Model:
    def __init__(self, made, addresses):
        self.made, self.addresses = made, addresses

    # Endpoints

    def endpoints(self, service, port):
        """What answers behind each endpoint: (pod, node, is ready, serves while it ends, outcome)."""
        found = []
        for name, pod in self.made["pods"].items():
            if pod["app"] != service["app"]:
                continue
            what = "http" if port["protocol"] == "TCP" else "udp"
            wanted = port["targetPort"]
            outcome = name if what == "http" or not pod.get("hostNetwork") else pod["node"]
            if isinstance(wanted, int) and wanted != pod[what]:
                outcome = "reset" if what == "http" else "port-unreachable"
                if pod.get("hostNetwork"):
                    outcome = None
            is_up, ends = "unready" not in pod["state"], "terminating" in pod["state"]
            ready = is_up and not ends or bool(service["fields"].get("publishNotReadyAddresses"))
            found.append((name, pod["node"], ready, is_up and ends, outcome))
        return found

    def zone(self, node):
        return self.made["nodes"][node].get("zone")

    def cluster(self, service, endpoints, node):
        """Those that traffic of the policy Cluster uses from a node."""
        ready = [each for each in endpoints if each[2]]
        if not ready:
            return [each for each in endpoints if each[3]]
        wish = service["fields"].get("trafficDistribution")
        near = [each for each in ready if each[1] == node]
        if wish == "PreferSameNode" and near:
            return near
        zone = self.zone(node)
        alike = [each for each in ready if self.zone(each[1]) == zone]
        if wish and zone and alike and all(self.zone(each[1]) for each in ready):
            return alike
        return ready

    def local(self, endpoints, node):
        here = [each for each in endpoints if each[1] == node]
        return [each for each in here if each[2]] or [each for each in here if each[3]]

    def has_endpoints(self, service, port):
        return any(each[2] or each[3] for each in self.endpoints(service, port))

    def at_node(self, service, port, node, is_local):
        """The outcomes of a connection that a node takes."""
        endpoints = self.endpoints(service, port)
        if not self.has_endpoints(service, port):
            return {"port-unreachable"}
        chosen = self.local(endpoints, node) if is_local else self.cluster(service, endpoints, node)
        return {each[4] for each in chosen} or {"silence"}

    # Questions

    def outcomes(self, question, packet):
        """All outcomes that may be, in the short words of Way.who; None if the model does not know."""
        kind, name = question["to"][:2]
        service, port = self.find(question, packet)
        if service is None or not self.has_family(service, packet) or "service.kubernetes.io/topology-mode" in service.get("annotations", {}):
            return None
        if service.get("labels"):
            # Left alone by the proxy.
            return {"silence"} if kind == "cluster" else None
        if service["fields"].get("clusterIP") == "None":
            return None
        found = self.routed(kind, name, service, port, question["from"], packet)
        if self.made["mode"] == "iptables" and kind in ("lb", "literal") and found == {"port-unreachable"} \
                and question["from"] in self.made["nodes"]:
            # kube-proxy's rules for external addresses without endpoints do not see what a node itself sends.
            return None
        return None if found is None or None in found else found

    def has_family(self, service, packet):
        name = next(name for name, each in self.made["services"].items() if each is service)
        return any((":" in each) == (":" in packet.address) for each in self.addresses.all("cluster", name))

    def find(self, question, packet):
        kind, name = question["to"][:2]
        if kind in ("cluster", "lb"):
            services = [self.made["services"][name]]
        else:
            services = list(self.made["services"].values())
        for service in services:
            if kind == "literal" and name not in service["fields"].get("externalIPs", []):
                continue
            if kind not in ("cluster", "lb", "node", "literal"):
                continue
            for port in service["ports"]:
                number = port.get("nodePort") if kind == "node" else port["port"]
                if port["protocol"].lower() == packet.protocol and number == packet.port:
                    return service, port
        return None, None

    def node_of(self, place):
        """The node whose rules a place's packets meet first."""
        if place in ("host", "edge"):
            return None
        return self.made["pods"][place]["node"] if place in self.made["pods"] else place

    def routed(self, kind, name, service, port, source, packet):
        own, is_pod = self.node_of(source), source in self.made["pods"]
        is_external_local = service["fields"].get("externalTrafficPolicy") == "Local"
        if kind == "cluster":
            # Those outside have a route by the first node.
            node = own or next(iter(self.made["nodes"]))
            return self.at_node(service, port, node, service["fields"].get("internalTrafficPolicy") == "Local")
        if kind == "node":
            if is_external_local and is_pod and own != name:
                return None
            return self.at_node(service, port, name, is_external_local and not is_pod and own != name)
        if kind == "literal":
            return self.at_node(service, port, own, False) if own else None
        if kind == "lb":
            return self.balanced(service, port, source, own, is_external_local, packet)
        return None

    def balanced(self, service, port, source, own, is_external_local, packet):
        is_proxy = self.made["lab"].get("loadBalancer", {}).get("ipMode") == "Proxy"
        # The edge's own connections are routed before they are translated, and it has no route there.
        if source == "edge" or is_proxy and own or service["fields"].get("allocateLoadBalancerNodePorts") is False:
            return None
        if not self.may_use(service, source, packet):
            if own and self.made["mode"] == "iptables" and not self.has_endpoints(service, port):
                # Without endpoints kube-proxy writes no firewall there, and the connection is refused as any other.
                return {"port-unreachable"}
            return {"silence"}
        if own:
            return self.at_node(service, port, own, False)
        nodes = [name for name, node in self.made["nodes"].items() if not node.get("labels")]
        if is_external_local:
            ready = {each[1] for each in self.all_ready(service)}
            nodes = [name for name in nodes if name in ready]
        found = set()
        for node in nodes:
            found |= self.at_node(service, port, node, is_external_local)
        return found or None

    def all_ready(self, service):
        return [each for port in service["ports"] for each in self.endpoints(service, port) if each[2]]

    def may_use(self, service, source, packet):
        is_v6 = ":" in packet.address
        ranges = [ipaddress.ip_network(each.strip()) for each in service["fields"].get("loadBalancerSourceRanges", [])]
        ranges = [each for each in ranges if (each.version == 6) == is_v6]
        if not ranges:
            return True
        kind = "pod" if source in self.made["pods"] else "node"
        if source == "host":
            mine = [self.addresses.host(is_v6)]
        elif source == "edge":
            return any(each.prefixlen == 0 for each in ranges) or None
        else:
            mine = [each for each in self.addresses.all(kind, source) if (":" in each) == is_v6]
        return any(ipaddress.ip_address(each) in network for each in mine for network in ranges)
