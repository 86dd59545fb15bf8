// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// A lab's report as tables.
enum StatusText {
    static func nodes(_ report: Value) -> String {
        Terminal.table(
            ["NODE", "STATUS", "ADDRESS", "POD-CIDR", "PODS", "ZONE"],
            rows(report, "nodes") { node in
                [
                    node.text("name"), node["ready"]?.bool == true ? "Ready" : "NotReady", node.list("addresses"),
                    node.list("podCIDRs"), "\(node["pods"]?.int ?? 0)", node.text("zone").orDash,
                ]
            })
    }

    static func pods(_ report: Value) -> String {
        Terminal.table(
            ["NAMESPACE", "POD", "READY", "STATUS", "RESTARTS", "IP", "NODE"],
            rows(report, "pods") { pod in
                [
                    pod.text("namespace"), pod.text("name"),
                    "\(pod["readyContainers"]?.int ?? 0)/\(pod["containers"]?.int ?? 0)", pod.text("status"),
                    "\(pod["restarts"]?.int ?? 0)", pod.list("addresses").orDash, pod.text("node").orDash,
                ]
            })
    }

    static func services(_ report: Value) -> String {
        Terminal.table(
            ["NAMESPACE", "SERVICE", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "ENDPOINTS"],
            rows(report, "services") { service in
                let endpoints = service["endpoints"]?.elements.compactMap(\.string) ?? []
                let more = endpoints.count > 3 ? " + \(endpoints.count - 3) more" : ""
                return [
                    service.text("namespace"), service.text("name"), service.text("type"),
                    service.list("clusterIPs").orDash, service.text("externalIP"), service.text("ports").orDash,
                    endpoints.isEmpty ? "<none>" : endpoints.prefix(3).joined(separator: ",") + more,
                ]
            })
    }

    static func outside(_ report: Value) -> String {
        Terminal.table(
            ["OUTSIDE", "STATUS", "ADDRESS", "PORT(S)", "HOSTNAMES"],
            rows(report, "outside") { system in
                [
                    "outside/\(system.text("name"))", system["running"]?.bool == true ? "Up" : "Down",
                    system.list("addresses"), system.list("ports").orDash, system.list("hostnames").orDash,
                ]
            })
    }

    /// The command that asks a URL from the lab's host: in an isolated lab that is a namespace of its own.
    static func curl(_ report: Value) -> (String) -> String {
        let place = report["isolated"]?.bool == true ? "\(Root.prefix)lab exec host -- " : ""
        // A shell may take brackets for a pattern.
        return { url in
            "\(place)curl \(url.hasPrefix("https") ? "-k " : "")\(url.contains("[") ? "'\(url)'" : url)"
        }
    }

    private static func rows(_ report: Value, _ field: String, _ row: (Value) -> [String]) -> [[String]] {
        (report[field]?.elements ?? []).map(row)
    }
}

extension Value {
    /// A field's text; empty if there is none.
    func text(_ field: String) -> String { self[field]?.string ?? "" }

    /// The texts of a field with commas between them; empty if there is none.
    func list(_ field: String) -> String { (self[field]?.elements ?? []).compactMap(\.string).joined(separator: ",") }
}

extension String {
    /// The text, or `-` for none.
    var orDash: String { isEmpty ? "-" : self }
}
