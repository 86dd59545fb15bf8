// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// The Pods of a Service that resolve its ports to the same numbers.
struct PortGroup {
    /// `ports` of an EndpointSlice.
    let ports: Value
    var pods: [PodFacts]

    /// D33: each Pod has the ports that it has; Pods with the same ones stand together.
    static func groups(_ service: Service, _ pods: [PodFacts]) -> [PortGroup] {
        let ports = service.ports
        let numbered = ports.map { port -> UInt16? in
            if case .number(let number) = port.targetPort { number } else { nil }
        }
        if !numbered.contains(nil) {
            return pods.isEmpty ? [] : [PortGroup(ports: entries(ports, numbered), pods: pods)]
        }
        var groups: [PortGroup] = []
        var places: [[UInt16?]: Int] = [:]
        for pod in pods {
            let numbers = ports.map { number(of: $0, pod) }
            if let place = places[numbers] {
                groups[place].pods.append(pod)
            } else if ports.isEmpty || numbers.contains(where: { $0 != nil }) {
                places[numbers] = groups.count
                groups.append(PortGroup(ports: entries(ports, numbers), pods: [pod]))
            }
        }
        // The Pods come in no order; the groups have one all the same.
        return groups.sorted {
            ($0.pods.map(\.key).min() ?? $0.pods[0].key) < ($1.pods.map(\.key).min() ?? $1.pods[0].key)
        }
    }

    private static func number(of port: ServicePort, _ pod: PodFacts) -> UInt16? {
        switch port.targetPort {
        case .number(let number): number
        case .name(let name): pod.namedPorts["\(port.transport.name)/\(name)"]
        }
    }

    private static func entries(_ ports: [ServicePort], _ numbers: [UInt16?]) -> Value {
        .array(
            zip(ports, numbers).compactMap { port, number in
                guard let number else { return nil }
                var entry: Fields = [
                    "name": .string(port.name), "port": .int(Int64(number)), "protocol": .string(port.transport.name),
                ]
                entry["appProtocol"] = port.appProtocol.map { .string($0) }
                return .object(entry)
            })
    }
}
