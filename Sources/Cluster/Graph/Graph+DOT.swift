// SPDX-License-Identifier: Apache-2.0

extension Graph {
    /// The picture in Graphviz' language: `dot -Tsvg` draws it.
    public var dot: String {
        let names = Names(self)
        var lines = [
            "graph lab {", "  label=\(DOT.quoted([title]));", "  labelloc=t; rankdir=TB; compound=true;",
            "  node [shape=box, style=\"rounded,filled\", fontname=\"monospace\", fontsize=10];",
            "  edge [fontname=\"monospace\", fontsize=8];",
        ]
        for place in places {
            lines.append("  \(names[place: place.name]) [label=\(DOT.quoted(place.lines)), \(place.dotStyle)];")
        }
        for layer in [0, 2] {
            let same = places.filter { $0.kind.layer == layer }.map { names[place: $0.name] }
            if same.count > 1 { lines.append("  { rank=same; \(same.joined(separator: "; ")); }") }
        }
        for link in links {
            lines.append(
                "  \(names[place: link.outer.place]) -- \(names[place: link.inner.place]) "
                    + "[taillabel=\(DOT.quoted([link.outer.text])), headlabel=\(DOT.quoted([link.inner.text]))];")
        }
        for (index, service) in services.enumerated() {
            lines.append(
                "  s\(index) [label=\(DOT.quoted(service.lines)), shape=note, fillcolor=\"#fff3d6\"];")
            for (place, isReady) in service.targets {
                let style = isReady ? "dashed" : "dotted"
                lines.append(
                    "  s\(index) -- \(names[place: place]) [style=\(style), color=\"#b7791f\", constraint=false];")
            }
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// Names without anything that a language could take for its own: `p0`, `p1`, …, by place.
    struct Names {
        private let numbers: [String: Int]

        init(_ graph: Graph) {
            numbers = Dictionary(graph.places.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
        }

        subscript(place name: String) -> String { "p\(numbers[name] ?? 0)" }
    }
}

extension Graph.Place {
    /// What stands in its box, the name first.
    var lines: [String] { [name] + addresses + notes }

    fileprivate var dotStyle: String {
        let color =
            switch kind {
            case .outside, .host, .controlPlane: "#e8e8ee"
            case .edge: "#e2d9f7"
            case .node: "#d9e6ff"
            case .pod: "#d8f3e0"
            }
        return "fillcolor=\"\(color)\"" + (isReady ? "" : ", style=\"rounded,filled,dashed\"")
    }
}

extension Graph.Service {
    /// What stands in its box, the name first.
    var lines: [String] { [name, type] + addresses + notes }

    /// The places of its endpoints, each once, and whether one of them there is ready.
    var targets: [(place: String, isReady: Bool)] {
        var ready: [String: Bool] = [:]
        for endpoint in endpoints where !endpoint.place.isEmpty {
            ready[endpoint.place] = ready[endpoint.place] ?? false || endpoint.isReady
        }
        return ready.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// Graphviz' strings.
private enum DOT {
    /// Lines as one quoted string. Within it a backslash begins an escape, and an ampersand an entity.
    static func quoted(_ lines: [String]) -> String {
        "\"" + lines.map { escaped($0.plain) }.joined(separator: "\\n") + "\""
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "&": "&amp;"
            default: String(scalar)
            }
        }.joined()
    }
}

extension String {
    /// The text without what no picture can show: characters that are none, or that turn the direction of writing.
    var plain: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                        "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
