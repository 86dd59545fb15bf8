// SPDX-License-Identifier: Apache-2.0

extension Graph {
    /// The picture as an SVG document of its own: light or dark as its viewer is, with a title and a description for who
    /// hears it, and no script.
    public var svg: String {
        let layout = GraphLayout(self)
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(layout.width) \(layout.height)\" "
                + "width=\"\(layout.width)\" height=\"\(layout.height)\" role=\"img\" aria-labelledby=\"title desc\">",
            "<title id=\"title\">\(SVG.escaped(title))</title>", "<desc id=\"desc\">\(SVG.escaped(summary))</desc>",
            "<style>\(SVG.style)</style>",
            "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
            SVG.text(title, left: 24, base: 36, "head"), SVG.text(summary, left: 24, base: 56, "dim"),
        ]
        lines += zip(links, layout.paths).map { link, drawn in
            let labels = drawn.labels.map { SVG.text($0.text, left: $0.left, base: $0.base, "label") }
            return "<g class=\"link\"><title>\(SVG.escaped(link.title))</title><path d=\"\(drawn.path)\"/>"
                + labels.joined() + "</g>"
        }
        for (index, service) in services.enumerated() { lines += drawn(service, index, layout) }
        for place in places {
            guard let box = layout.boxes[place.name] else { continue }
            let state = place.isReady ? "" : " unready"
            lines.append(SVG.box(box, "\(place.kind.rawValue)\(state)", title: "\(place.kind.rawValue) \(place.name)"))
        }
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private func drawn(_ service: Service, _ index: Int, _ layout: GraphLayout) -> [String] {
        let paths = service.targets.compactMap { place, isReady in
            layout.path(service: index, to: place).map {
                "<path class=\"\(isReady ? "to" : "to unready")\" d=\"\($0)\"/>"
            }
        }
        let box = SVG.box(layout.services[index], "service", title: "Service \(service.name), \(service.type)")
        return ["<g class=\"group\">"] + paths + [box, "</g>"]
    }
}

extension Graph.Link {
    /// The link in words.
    fileprivate var title: String { "\(outer.place) \(outer.text) – \(inner.place) \(inner.text)" }
}

/// The elements of the document.
private enum SVG {
    static func box(_ box: GraphLayout.Box, _ name: String, title: String) -> String {
        let texts = box.lines.enumerated().map { number, line in
            text(
                line, left: box.left + 10, base: box.top + 18 + number * GraphLayout.line, number == 0 ? "name" : "line"
            )
        }
        return "<g class=\"\(name)\"><title>\(escaped(title))</title><rect x=\"\(box.left)\" y=\"\(box.top)\" "
            + "width=\"\(box.width)\" height=\"\(box.height)\" rx=\"5\"/>" + texts.joined() + "</g>"
    }

    static func text(_ text: String, left: Int, base: Int, _ name: String) -> String {
        "<text class=\"\(name)\" x=\"\(left)\" y=\"\(base)\">\(escaped(text))</text>"
    }

    /// Text of the document: no markup in it is any. Scalar by scalar, for a mark that stands over a bracket hides it not.
    static func escaped(_ text: String) -> String {
        text.plain.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#39;"
            default: String(scalar)
            }
        }.joined()
    }

    static let style = [
        "text{font:11.5px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#1b1f24}",
        ".head{font-size:17px;font-weight:bold}.name{font-weight:bold}.dim,.line{fill:#3d444d}.label{font-size:10px;fill:#57606a}",
        ".page{fill:#fff}g>rect{stroke-width:1.5}path{fill:none;stroke:#8c959f;stroke-width:1.2}",
        ".outside rect,.host rect,.control-plane rect{fill:#f3f4f6;stroke:#6e7781}.edge rect{fill:#f1ebff;stroke:#6f42c1}",
        ".node rect{fill:#e8f1ff;stroke:#2f6fd0}.pod rect{fill:#e9f8ee;stroke:#2b8a4b}.service rect{fill:#fff6e0;stroke:#b07a12}",
        ".unready rect{stroke-dasharray:5 4;fill:#fff0f0;stroke:#b3372f}",
        ".to{stroke:#b07a12;opacity:.55}.to.unready{stroke-dasharray:3 4}.group:hover .to{opacity:1;stroke-width:2.4}",
        ".link:hover path{stroke:#0b57d0;stroke-width:2.4}",
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.dim,.line{fill:#c3ccd6}.label{fill:#9aa4af}.page{fill:#0d1117}",
        "path{stroke:#6e7781}.outside rect,.host rect,.control-plane rect{fill:#1c2128;stroke:#8c959f}",
        ".edge rect{fill:#251d3d;stroke:#a984f0}.node rect{fill:#12233f;stroke:#6aa3f5}.pod rect{fill:#10281a;stroke:#57c27a}",
        ".service rect{fill:#2f2410;stroke:#e0a93a}.unready rect{fill:#341a1a;stroke:#f0837b}.to{stroke:#e0a93a}",
        ".link:hover path{stroke:#79b8ff}}",
    ].joined()
}
