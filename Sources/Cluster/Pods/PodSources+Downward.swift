// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// The downward API: what a container may learn of its own Pod.
extension PodSources {
    /// The value of a field as `fieldRef` names it; nil for one that it cannot name.
    func field(_ path: String) -> String? {
        switch path {
        case "metadata.name": return pod.name
        case "metadata.namespace": return pod.namespace
        case "metadata.uid": return pod.object.uid
        case "metadata.labels": return PodSources.lines(pod.labels)
        case "metadata.annotations": return PodSources.lines(pod.object.annotations)
        case "spec.nodeName": return pod.nodeName ?? ""
        case "spec.serviceAccountName": return pod.serviceAccountName
        case "status.podIP": return addresses.first?.description ?? ""
        case "status.podIPs": return addresses.map(\.description).joined(separator: ",")
        case "status.hostIP": return nodeAddresses.first?.description ?? ""
        case "status.hostIPs": return nodeAddresses.map(\.description).joined(separator: ",")
        default: break
        }
        if let name = PodSources.subscripted(path, "metadata.labels") { return pod.labels[name] ?? "" }
        if let name = PodSources.subscripted(path, "metadata.annotations") { return pod.object.annotations[name] ?? "" }
        return nil
    }

    /// The name in `FIELD['NAME']`.
    private static func subscripted(_ path: String, _ field: String) -> String? {
        guard path.hasPrefix("\(field)['"), path.hasSuffix("']") else { return nil }
        return String(path.dropFirst(field.count + 2).dropLast(2))
    }

    /// `NAME="VALUE"`, a line each, sorted.
    private static func lines(_ values: [String: String]) -> String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))" }.joined(separator: "\n")
    }

    /// As Go writes a string.
    private static func quoted(_ text: String) -> String {
        let inner = text.unicodeScalars.map { character -> String in
            switch character {
            case "\"": return "\\\""
            case "\\": return "\\\\"
            case "\n": return "\\n"
            case "\t": return "\\t"
            case "\r": return "\\r"
            default: return String(character)
            }
        }
        return "\"" + inner.joined() + "\""
    }

    /// The value of a `resourceFieldRef`: what a container may use, in units of the divisor, rounded up.
    /// - Parameter container: the one that is meant if the reference names none.
    func resource(_ reference: Value, of container: Container?) -> String? {
        let name = reference["containerName"]?.string ?? ""
        let meant = name.isEmpty ? container : (pod.initContainers + pod.containers).first { $0.name == name }
        let parts = (reference["resource"]?.string ?? "").split(separator: ".", maxSplits: 1).map(String.init)
        guard let meant, parts.count == 2, parts[0] == "limits" || parts[0] == "requests" else { return nil }
        let amount = amount(parts[1], parts[0], meant)
        let divisor = Quantity(reference["divisor"] ?? "1")?.thousandths ?? 1000
        let unit = divisor > 0 ? divisor : 1000
        return String(amount / unit + (amount % unit > 0 ? 1 : 0))
    }

    /// The amount in thousandths: the container's own limit or request, else what its node has.
    private func amount(_ resource: String, _ kind: String, _ container: Container) -> Int64 {
        let node = object(ObjectKey("Node", "", pod.nodeName ?? ""))
        let choices = [
            container.value["resources", kind, resource],
            kind == "limits" ? node?.value["status", "allocatable", resource] : nil,
        ]
        return choices.lazy.compactMap { $0.flatMap { Quantity($0) } }.first?.thousandths ?? 0
    }
}
