// SPDX-License-Identifier: Apache-2.0

/// The columns of `lab top` in a window of a width: in a wide one there are more of them.
struct TopLayout {
    private let name: Int
    private let address: Int
    private let bar: Int

    /// CONN/S, CONNS, SHARE, PROBE, REFUSED, DROPPED: what stands there has at most so many columns, and one between.
    private static let widths = [8, 9, 6, 8, 8, 8]

    /// Of a node there is no share and no probe, but how full its table of connections is.
    private var nodeWidths: [Int] {
        let widths = TopLayout.widths
        return [widths[0], widths[1], widths[2] + bar + widths[3], widths[4], widths[5]]
    }

    init(columns: Int) {
        let numbers = TopLayout.widths.reduce(0, +)
        let left = max(columns - numbers, 12)
        address = left >= 70 ? 24 : 0
        bar = left >= 90 ? 22 : 0
        name = min(left - address - bar, 48)
    }

    var head: ScreenLine {
        line("SERVICE", address: "ADDRESS", ["CONN/S", "CONNS", "SHARE", "PROBE", "REFUSED", "DROPPED"], .bold)
    }

    var nodeHead: ScreenLine {
        var line = ScreenLine()
        line.add("NODE", width: name + address, .bold)
        let cells = ["CONN/S", "CONNS", "CONNTRACK", "REFUSED", "DROPPED"]
        for (cell, width) in zip(cells, nodeWidths) { line.add(cell, width: width, .bold, isRight: true) }
        return line
    }

    // MARK: Rows

    func line(_ port: TopReport.Port, rate: Double, of total: Int) -> ScreenLine {
        var line = ScreenLine()
        line.add(port.id.tail(name - 1), width: name, port.address.isEmpty ? .dim : .bold)
        if address > 0 { line.add(port.address.isEmpty ? "gone" : port.address, width: address) }
        add(rate, port.connections, share: port.connections, of: total, to: &line)
        line.add("", width: TopLayout.widths[3])
        add(refused: port.refused, dropped: port.dropped, to: &line)
        return line
    }

    /// What there is to say of a port beside numbers, a line each.
    func remarks(_ port: TopReport.Port) -> [ScreenLine] {
        let isEmpty = port.endpoints.isEmpty && !port.reasons.contains("no endpoints")
        return (isEmpty ? [ScreenLine("  no endpoints", .warning)] : [])
            + port.reasons.map { ScreenLine("  \($0)", .bad) }
    }

    func line(_ endpoint: TopReport.Endpoint, of port: TopReport.Port, rate: Double) -> ScreenLine {
        let total = port.connections
        var line = ScreenLine()
        // A Pod of the Service's own namespace, as all are that a selector picks, is known by its name.
        let namespace = port.service.prefix { $0 != "/" } + "/"
        let pod = endpoint.pod.hasPrefix(namespace) ? String(endpoint.pod.dropFirst(namespace.count)) : endpoint.pod
        line.add(
            "  " + (pod.isEmpty ? endpoint.address : pod).tail(name - 3), width: name, endpoint.isReady ? .plain : .dim)
        if address > 0 { line.add(endpoint.address, width: address, .dim) }
        add(rate, endpoint.connections, share: endpoint.connections, of: total, to: &line)
        line.add(endpoint.milliseconds.map { "\($0.short) ms" } ?? "", width: TopLayout.widths[3], isRight: true)
        if !endpoint.isReady { line.add("  gone", .dim) }
        return line
    }

    func line(_ node: TopReport.Node, rate: Double) -> ScreenLine {
        var line = ScreenLine()
        let state = node.isReady.map { $0 ? "" : " NotReady" } ?? ""
        line.add(node.name + state, width: name + address, node.isReady == false ? .bad : .plain)
        line.add(rate.short, width: nodeWidths[0], rate > 0 ? .good : .dim, isRight: true)
        line.add("\(node.connections)", width: nodeWidths[1], isRight: true)
        let isFull = node.limit > 0 && node.tracked * 100 / node.limit >= 80
        line.add("\(node.tracked)/\(node.limit)", width: nodeWidths[2], isFull ? .bad : .plain, isRight: true)
        add(refused: node.refused, dropped: node.dropped, to: &line)
        if !node.reasons.isEmpty { line.add("  " + node.reasons.joined(separator: "; "), .bad) }
        return line
    }

    // MARK: Cells

    private func line(
        _ first: String, address text: String, _ cells: [String], _ look: TextLook
    ) -> ScreenLine {
        var line = ScreenLine()
        line.add(first, width: name, look)
        if address > 0 { line.add(text, width: address, look) }
        for (index, cell) in cells.enumerated() {
            line.add(cell, width: TopLayout.widths[index], look, isRight: true)
            if index == 2, bar > 0 { line.add("", width: bar) }
        }
        return line
    }

    private func add(_ rate: Double, _ count: Int, share: Int, of total: Int, to line: inout ScreenLine) {
        line.add(rate.short, width: TopLayout.widths[0], rate > 0 ? .good : .dim, isRight: true)
        line.add("\(count)", width: TopLayout.widths[1], isRight: true)
        let part = total > 0 ? Double(share) / Double(total) : 0
        line.add(total > 0 ? "\(Int((part * 100).rounded()))%" : "", width: TopLayout.widths[2], isRight: true)
        guard bar > 0 else { return }
        line.add("  " + TopLayout.bar(part, width: bar - 3), width: bar, .good)
    }

    private func add(refused: Int, dropped: Int, to line: inout ScreenLine) {
        for (index, count) in [(4, refused), (5, dropped)] {
            line.add("\(count)", width: TopLayout.widths[index], count > 0 ? .bad : .dim, isRight: true)
        }
    }

    /// A bar of eighths of a column.
    static func bar(_ part: Double, width: Int) -> String {
        guard width > 0 else { return "" }
        let eighths = Int((min(max(part, 0), 1) * Double(width * 8)).rounded())
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + rest
    }
}

extension String {
    /// The last columns of a text, where names differ; if something is left out, the first of them says so.
    fileprivate func tail(_ columns: Int) -> String {
        count <= columns ? self : columns <= 0 ? "" : "…" + suffix(columns - 1)
    }
}

extension Double {
    /// With one digit after the point, below 100.
    var short: String {
        let tenths = (self * 10).rounded()
        return abs(self) >= 100 || tenths.truncatingRemainder(dividingBy: 10) == 0
            ? "\(Int(rounded()))" : "\(tenths / 10)"
    }
}
