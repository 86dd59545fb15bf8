// SPDX-License-Identifier: Apache-2.0

extension Graph {
    /// The picture in Mermaid's language, as Markdown on many sites shows it (```` ```mermaid ````).
    public var mermaid: String {
        let names = Names(self)
        var lines = ["flowchart TB"]
        for place in places where place.kind != .pod { lines.append(box(names[place: place.name], place)) }
        for node in places where node.kind == .node {
            let pods = places.filter { $0.kind == .pod && $0.node == node.name }
            guard !pods.isEmpty else { continue }
            let name = names[place: node.name]
            lines.append("  subgraph pods_\(name)[\(Mermaid.quoted(["Pods on " + node.name]))]")
            lines += pods.map { "  " + box(names[place: $0.name], $0) } + ["  end"]
        }
        lines += links.map { link in
            let text = Mermaid.quoted([link.outer.text, link.inner.text])
            return "  \(names[place: link.outer.place]) ---|\(text)| \(names[place: link.inner.place])"
        }
        for (index, service) in services.enumerated() {
            lines.append("  s\(index)([\(Mermaid.quoted(service.lines))]):::service")
            lines += service.targets.map {
                "  s\(index) -.->\($0.isReady ? "" : "|not ready|") \(names[place: $0.place])"
            }
        }
        return (lines + Mermaid.classes).joined(separator: "\n") + "\n"
    }

    private func box(_ name: String, _ place: Place) -> String {
        "  \(name)[\(Mermaid.quoted(place.lines))]:::\(place.isReady ? place.kind.mermaidClass : "unready")"
    }
}

extension Graph.Place.Kind {
    fileprivate var mermaidClass: String {
        switch self {
        case .outside, .host, .controlPlane: "outside"
        case .edge: "edge"
        case .node: "node"
        case .pod: "pod"
        }
    }
}

/// Mermaid's strings and classes.
private enum Mermaid {
    static let classes = [
        "  classDef outside fill:#e8e8ee,stroke:#667,color:#111", "  classDef edge fill:#e2d9f7,stroke:#64b,color:#111",
        "  classDef node fill:#d9e6ff,stroke:#36c,color:#111", "  classDef pod fill:#d8f3e0,stroke:#285,color:#111",
        "  classDef unready fill:#eee,stroke:#a33,stroke-dasharray:4,color:#111",
        "  classDef service fill:#fff3d6,stroke:#b7791f,color:#111",
    ]

    /// Lines as one quoted string. Whatever is no letter, digit or plain mark is written as the number of its character:
    /// Mermaid takes markup, Markdown and its own marks in strings for what they are.
    static func quoted(_ lines: [String]) -> String {
        "\"" + lines.map { escaped($0.plain) }.joined(separator: "<br/>") + "\""
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            let isPlain = scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
            return isPlain || " .:/,-_".unicodeScalars.contains(scalar) ? String(scalar) : "#\(scalar.value);"
        }.joined()
    }
}
