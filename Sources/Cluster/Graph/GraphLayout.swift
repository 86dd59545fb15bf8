// SPDX-License-Identifier: Apache-2.0

/// Where everything of a graph stands, in pixels: outside, edge, nodes with their Pods below them, Services beside.
///
/// Links run at right angles: down from what is further out, along a common line, and down again.
struct GraphLayout {
    /// A box with its lines of text.
    struct Box {
        var left: Int
        var top: Int
        var width: Int
        var height: Int
        var lines: [String]

        var right: Int { left + width }
        var bottom: Int { top + height }
        var middle: Int { top + height / 2 }
        /// Where links come in and go out.
        var port: Int { left + 24 }
    }

    /// A label of a link's end.
    struct Label {
        var left: Int
        var base: Int
        var text: String
    }

    private(set) var boxes: [String: Box] = [:]
    private(set) var services: [Box] = []
    /// The links as paths, with their labels, in the order of the graph's.
    private(set) var paths: [(path: String, labels: [Label])] = []
    private(set) var width = 0
    private(set) var height = 0

    /// The width of a character and the height of a line.
    static let character = 7
    static let line = 15
    private static let margin = 24
    private static let padding = 10
    private static let gap = 36
    /// Room for a link's labels.
    private static let labelRoom = 78
    /// Endpoints that are listed in a Service's box.
    private static let listed = 12

    private let graph: Graph

    init(_ graph: Graph) {
        self.graph = graph
        let top = GraphLayout.margin + 52
        let outside = row(graph.places.filter { $0.kind.layer == 0 }, top: top)
        let edgeTop = outside + GraphLayout.labelRoom
        let edge = row(graph.places.filter { $0.kind == .edge }, top: edgeTop)
        let nodesTop = edge + GraphLayout.labelRoom
        let ends = columns(top: nodesTop)
        addServices(left: Swift.max(ends.right, boxes.values.map(\.right).max() ?? 0) + 72, top: top)
        for link in graph.links { paths.append(path(link)) }
        width = (services.map(\.right).max() ?? ends.right) + GraphLayout.margin
        height =
            ([ends.bottom] + services.map(\.bottom) + boxes.values.map(\.bottom)).reduce(0, Swift.max)
            + GraphLayout.margin
    }

    // MARK: Boxes

    static func width(_ lines: [String], _ least: Int = 0) -> Int {
        Swift.max(least, (lines.map(\.columns).max() ?? 0) * character + 2 * padding)
    }

    private static func box(_ lines: [String], left: Int, top: Int, width: Int) -> Box {
        Box(left: left, top: top, width: width, height: lines.count * line + 2 * padding - 4, lines: lines)
    }

    /// Room for the labels of the link that a place hangs on, to the right of where it comes in.
    private func labelWidth(_ place: String) -> Int {
        let texts = graph.links.flatMap { link -> [String] in
            [link.outer.place, link.inner.place].contains(place) ? [link.outer.text, link.inner.text] : []
        }
        return 24 + 6 + GraphLayout.width(texts)
    }

    /// - Returns: the lowest end.
    private mutating func row(_ places: [Graph.Place], top: Int) -> Int {
        var left = GraphLayout.margin
        var bottom = top
        for place in places {
            let isEnd = place.kind.layer == 0
            let box = GraphLayout.box(
                place.boxLines, left: left, top: top,
                width: GraphLayout.width(place.boxLines, isEnd ? labelWidth(place.name) : 240))
            boxes[place.name] = box
            left = box.right + GraphLayout.gap
            bottom = Swift.max(bottom, box.bottom)
        }
        return bottom
    }

    // MARK: Nodes and Pods

    private mutating func columns(top: Int) -> (right: Int, bottom: Int) {
        var (left, bottom) = (GraphLayout.margin, top)
        let pods = Dictionary(grouping: graph.places.filter { $0.kind == .pod }) { $0.node }
        for node in graph.places where node.kind == .node {
            let least = GraphLayout.width(node.boxLines, labelWidth(node.name))
            let box = GraphLayout.box(node.boxLines, left: left, top: top, width: least)
            boxes[node.name] = box
            let own = stacks(pods[node.name] ?? [], left: left, top: box.bottom + 24)
            left = Swift.max(box.right, own.right) + GraphLayout.gap
            bottom = Swift.max(bottom, own.bottom, box.bottom)
        }
        return (left - GraphLayout.gap, bottom)
    }

    /// Places a node's Pods below each other, in as many stacks as make a page rather than a tower.
    private mutating func stacks(_ pods: [Graph.Place], left: Int, top: Int) -> (right: Int, bottom: Int) {
        let width = GraphLayout.width(pods.flatMap(podLines))
        var rows = 8
        while rows * rows < pods.count * 3 { rows += 1 }
        var (right, bottom) = (left, top)
        for (index, pod) in pods.enumerated() {
            let stack = index / rows
            let above = index % rows == 0 ? nil : boxes[pods[index - 1].name]
            let box = GraphLayout.box(
                podLines(pod), left: left + 36 + stack * (width + GraphLayout.gap + 12),
                top: above.map { $0.bottom + 10 } ?? top, width: width)
            boxes[pod.name] = box
            (right, bottom) = (Swift.max(right, box.right), Swift.max(bottom, box.bottom))
        }
        return (right, bottom)
    }

    /// A Pod's name, its namespace, its link, and what else is to be said.
    private func podLines(_ pod: Graph.Place) -> [String] {
        let parts = pod.name.split(separator: "/", maxSplits: 1).map(String.init)
        let link = graph.linksByInner[pod.name]
        let ends = link.map { ["\($0.inner.text) – \($0.outer.interface)"] } ?? pod.addresses
        return ([parts.last ?? pod.name, parts.first ?? ""] + ends + pod.notes).map(\.plain)
    }

    // MARK: Services

    private mutating func addServices(left: Int, top: Int) {
        let all = graph.services.map { service -> [String] in
            let listed = service.endpoints.prefix(GraphLayout.listed).map { endpoint in
                "→ \(endpoint.address)" + (endpoint.isReady ? "" : " not ready")
            }
            let left = service.endpoints.count - listed.count
            let none = service.endpoints.isEmpty && service.type != "ExternalName" ? ["no endpoints"] : []
            return (service.lines + listed + none + (left > 0 ? ["… and \(left) more"] : [])).map(\.plain)
        }
        let width = GraphLayout.width(all.flatMap(\.self))
        var top = top
        for lines in all {
            let box = GraphLayout.box(lines, left: left, top: top, width: width)
            services.append(box)
            top = box.bottom + 14
        }
    }

    // MARK: Links

    private func path(_ link: Graph.Link) -> (path: String, labels: [Label]) {
        guard let outer = boxes[link.outer.place], let inner = boxes[link.inner.place] else { return ("", []) }
        if link.isOfPod {
            let trunk = inner.left - 18
            let bus = outer.bottom + 12
            return ("M\(outer.left + 18) \(outer.bottom)V\(bus)H\(trunk)V\(inner.middle)H\(inner.left)", [])
        }
        let bus = (outer.bottom + inner.top) / 2
        // The labels stand at the end that has one link only.
        let isBelow = inner.top > outer.top && link.innerIsAlone
        let left = (isBelow ? inner.port : outer.port) + 6
        let base = isBelow ? inner.top - 20 : outer.bottom + 14
        return (
            "M\(outer.port) \(outer.bottom)V\(bus)H\(inner.port)V\(inner.top)",
            [
                Label(left: left, base: base, text: link.outer.text.plain),
                Label(left: left, base: base + 13, text: link.inner.text.plain),
            ]
        )
    }

    /// From a Service's box to that of an endpoint's place.
    func path(service index: Int, to place: String) -> String? {
        guard let box = boxes[place] else { return nil }
        let service = services[index]
        let bend = Swift.max(40, (service.left - box.right) / 2)
        return "M\(service.left) \(service.top + 20)C\(service.left - bend) \(service.top + 20) "
            + "\(box.right + bend) \(box.middle) \(box.right) \(box.middle)"
    }
}

extension Graph {
    fileprivate var linksByInner: [String: Link] {
        Dictionary(links.map { ($0.inner.place, $0) }) { first, _ in first }
    }
}

extension Graph.Link {
    fileprivate var isOfPod: Bool { inner.place.contains("/") }
    /// True for the links below the edge.
    fileprivate var innerIsAlone: Bool { outer.place == "edge" }
}

extension Graph.Place {
    /// What stands in its box.
    fileprivate var boxLines: [String] { lines.map(\.plain) }
}

extension String {
    /// How many columns of a terminal or of a monospaced font the text takes, about: ideographs take two.
    var columns: Int {
        unicodeScalars.reduce(0) { sum, scalar in
            scalar.properties.generalCategory == .nonspacingMark
                ? sum : sum + (scalar.value < 0x1100 ? 1 : scalar.isWide ? 2 : 1)
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isWide: Bool {
        switch value {
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
            0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
            true
        default: false
        }
    }
}
