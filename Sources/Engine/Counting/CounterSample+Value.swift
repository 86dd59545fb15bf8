// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Net

extension CounterSample {
    /// As `lab top -o json` has it, and the story: one object a namespace.
    var value: Value {
        [
            "milliseconds": .double(milliseconds.rounded()), "connections": .int(Int64(connections)),
            "nodes": .array(nodes.sorted { $0.key < $1.key }.map { $1.value(named: $0, limit: limit) }),
            "remarks": .array(remarks.map { .string($0) }),
        ]
    }
}

extension CounterSample.Node {
    /// The object of one namespace: `{"node": …, "services": […], "refused": …, "dropped": …, "conntrack": …}`.
    func value(named name: String, limit: Int) -> Value {
        let paths = connections.sorted { $0.key.order < $1.key.order }
        let refusals = unanswered.sorted { $0.key.order < $1.key.order }
        return [
            "node": .string(name),
            "services": .array(paths.map { $0.value(connections: $1) }),
            "unanswered": .array(refusals.map { $0.value(packets: $1) }),
            "refused": .int(Int64(refused)), "dropped": .int(Int64(dropped)),
            "conntrack": [
                "used": .int(Int64(tracked)), "max": .int(Int64(limit)), "dropped": .int(Int64(losses.dropped)),
                "evicted": .int(Int64(losses.evicted)), "collided": .int(Int64(losses.collided)),
            ],
        ]
    }
}

extension CountedPath {
    fileprivate var order: (ServicePortName, SocketAddress) { (port, endpoint) }

    fileprivate func value(connections: Int) -> Value {
        var value: Value = [
            "service": .string(port.service.path), "port": .string(port.text),
            "endpoint": .string(endpoint.description), "connections": .int(Int64(connections)),
        ]
        if let pod { value["pod"] = .string(pod.path) }
        return value
    }
}

extension CountedRefusal {
    fileprivate var order: (SocketAddress, String) { (destination, "\(transport.name) \(reason.rawValue)") }

    fileprivate func value(packets: Int) -> Value {
        var value: Value = [
            "destination": .string(destination.description), "protocol": .string(transport.name.uppercased()),
            "outcome": .string(reason.isRefusal ? "refused" : "dropped"), "reason": .string(reason.text),
            "packets": .int(Int64(packets)),
        ]
        if let service { value["service"] = .string(service.path) }
        if let port { value["port"] = .string(port.text) }
        return value
    }
}

extension SeenConnection {
    /// As the story has it.
    var value: Value {
        var value: Value = [
            "from": .string(from), "service": .string(path.port.service.path), "port": .string(path.port.text),
            "endpoint": .string(path.endpoint.description), "via": .array(via.map { .string($0) }),
            "dnat": .array(translations.map { .string($0.description) }), "outcome": "delivered",
        ]
        if let pod = path.pod { value["pod"] = .string(pod.path) }
        return value
    }
}

extension ObjectKey {
    /// `NAMESPACE/NAME`.
    var path: String { "\(namespace)/\(name)" }
}
