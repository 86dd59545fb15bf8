// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TableLayout {
    static let service = TableLayout([
        .name,
        .text("Type", "How the Service is reached") { $0.spec["type"].text ?? "ClusterIP" },
        .text("Cluster-IP", "Its address within the cluster") {
            $0.spec["clusterIPs"].list.first.text ?? $0.spec["clusterIP"].text ?? "<none>"
        },
        .text("External-IP", "Its addresses outside, of a load balancer or given by hand") { externalIP($0) },
        .text("Port(s)", "Its ports, each with the port of the nodes if it has one") { ports($0.spec["ports"].list) },
        .age,
        .wide("Selector", "Labels of the Pods behind it") { $0.spec["selector"].labels },
    ])

    /// D17: an ExternalName's name; given addresses; a load balancer's, before the given ones, or `<pending>`.
    private static func externalIP(_ subject: TableSubject) -> String {
        let given = subject.spec["externalIPs"].list.compactMap(\.string)
        switch subject.spec["type"]?.string {
        case "ExternalName": return subject.spec["externalName"].text ?? ""
        case "LoadBalancer":
            let all = ingress(subject) + given
            return all.isEmpty ? "<pending>" : all.joined(separator: ",")
        default: return given.isEmpty ? "<none>" : given.joined(separator: ",")
        }
    }

    /// The addresses or names of `status.loadBalancer.ingress`, sorted.
    private static func ingress(_ subject: TableSubject) -> [String] {
        let entries = subject.status["loadBalancer"]?["ingress"].list ?? []
        return Set(entries.compactMap { $0["ip"].text ?? $0["hostname"].text }).sorted()
    }

    private static func ports(_ ports: [Value]) -> String {
        guard !ports.isEmpty else { return "<none>" }
        return ports.map { port in
            let node = port["nodePort"]?.int ?? 0
            return "\(port["port"]?.int ?? 0)\(node > 0 ? ":\(node)" : "")/\(port["protocol"].text ?? "TCP")"
        }.joined(separator: ",")
    }

    static let endpoints = TableLayout([
        .name,
        .text("Endpoints", "Addresses and ports that take traffic") { endpointText($0.object.value["subsets"].list) },
        .age,
    ])

    /// Three of the endpoints, and how many more there are; all of one port before those of the next.
    private static func endpointText(_ subsets: [Value]) -> String {
        guard !subsets.isEmpty else { return "<none>" }
        var shown: [String] = []
        var total = 0
        for subset in subsets {
            let addresses = subset["addresses"].list
            let ports = subset["ports"].list
            total += addresses.count * max(1, ports.count)
            for port in ports.isEmpty ? [nil] : ports.map(Optional.some) {
                shown += addresses.prefix(3 - min(3, shown.count)).map { host($0["ip"].text ?? "", port) }
            }
        }
        return more(shown, of: total)
    }

    private static func host(_ address: String, _ port: Value?) -> String {
        guard let port else { return address }
        return "\(address.contains(":") ? "[\(address)]" : address):\(port["port"]?.int ?? 0)"
    }

    static let endpointSlice = TableLayout([
        .name,
        .text("AddressType", "The family of its addresses") { $0.object.value["addressType"].text ?? "" },
        .text("Ports", "Ports of the endpoints") { subject in
            let ports = subject.object.value["ports"].list.map { $0["port"].text ?? $0["name"].text ?? "*" }
            return unsetOrMore(ports)
        },
        .text("Endpoints", "Addresses of the endpoints, ready or not") { subject in
            let endpoints = subject.object.value["endpoints"].list
            return unsetOrMore(endpoints.flatMap { $0["addresses"].list.compactMap(\.string) })
        },
        .age,
    ])

    private static func unsetOrMore(_ all: [String]) -> String {
        all.isEmpty ? "<unset>" : more(Array(all.prefix(3)), of: all.count)
    }

    private static func more(_ shown: [String], of total: Int) -> String {
        let text = shown.joined(separator: ",")
        return total > shown.count ? "\(text) + \(total - shown.count) more..." : text
    }

    static let ingress = TableLayout([
        .name,
        .text("Class", "The IngressClass that is to serve it") { $0.spec["ingressClassName"].text ?? "<none>" },
        .text("Hosts", "Host names that its rules match") { hosts($0.spec["rules"].list) },
        .text("Address", "Where its load balancer is") { ingress($0).joined(separator: ",") },
        .text("Ports", "Ports that it opens") { $0.spec["tls"].list.isEmpty ? "80" : "80, 443" },
        .age,
    ])

    private static func hosts(_ rules: [Value]) -> String {
        var shown: [String] = []
        for rule in rules {
            if shown.count == 3 { return more(shown, of: rules.count) }
            if let host = rule["host"].text { shown.append(host) }
        }
        return shown.isEmpty ? "*" : shown.joined(separator: ",")
    }
}
