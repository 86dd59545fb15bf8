// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// How a graph is written.
public enum GraphFormat: String, Sendable, Hashable, CaseIterable {
    case svg
    case dot
    case mermaid
    case json
}

extension Graph {
    /// The picture in a format.
    public func text(_ format: GraphFormat) -> String {
        switch format {
        case .svg: svg
        case .dot: dot
        case .mermaid: mermaid
        case .json: value.json(pretty: true) + "\n"
        }
    }

    /// The picture as JSON has it.
    public var value: Value {
        [
            "title": .string(title), "summary": .string(summary), "places": .array(places.map(\.value)),
            "links": .array(links.map { ["outer": $0.outer.value, "inner": $0.inner.value] }),
            "services": .array(services.map(\.value)),
        ]
    }

    fileprivate static func list(_ texts: [String]) -> Value { .array(texts.map { .string($0) }) }
}

extension Graph.Place {
    fileprivate var value: Value {
        [
            "kind": .string(kind.rawValue), "name": .string(name), "addresses": Graph.list(addresses),
            "notes": Graph.list(notes), "node": .string(node), "ready": .bool(isReady),
        ]
    }
}

extension Graph.End {
    fileprivate var value: Value {
        ["place": .string(place), "interface": .string(interface), "addresses": Graph.list(addresses)]
    }
}

extension Graph.Service {
    fileprivate var value: Value {
        [
            "name": .string(name), "type": .string(type), "addresses": Graph.list(addresses),
            "notes": Graph.list(notes),
            "endpoints": .array(
                endpoints.map {
                    ["address": .string($0.address), "place": .string($0.place), "ready": .bool($0.isReady)]
                }),
        ]
    }
}
