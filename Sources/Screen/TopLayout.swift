// SPDX-License-Identifier: Apache-2.0

/// The columns of `lab top` in a window of a width: in a wide one there are more of them.
struct TopLayout {
    private let name: Int
    private let address: Int
    private let bar: Int

    /// CONN/S, CONNS, SHARE, PROBE, REFUSED, DROPPED: what stands there has at most so many columns, and one between.
    private static let widths = [8, 9, 6, 8, 8, 8]

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
        line("NODE", address: "", ["CONN/S", "CONNS", "", "", "REFUSED", "DROPPED"], .bold, last: "CONNTRACK")
    }

    // MARK: Rows

    func line(_ port: TopReport.Port, rate: Double, of total: Int) -> ScreenLine {
        var line = ScreenLine()
        line.add(port.id, width: name, port.address.isEmpty ? .dim : .bold)
        if address > 0 { line.add(port.address.isEmpty ? "gone" : port.address, width: address) }
        add(rate, port.connections, share: port.connections, of: total, to: &line)
        line.add("", width: TopLayout.widths[3])
        add(refused: port.refused, dropped: port.dropped, to: &line)
        if port.endpoints.isEmpty { line.add("  no endpoints", .warning) }
        if !port.reasons.isEmpty { line.add("  " + port.reasons.joined(separator: "; "), .bad) }
        return line
    }

    func line(_ endpoint: TopReport.Endpoint, rate: Double, of total: Int) -> ScreenLine {
        var line = ScreenLine()
        let text = endpoint.pod.isEmpty ? endpoint.address : endpoint.pod
        line.add("  " + text, width: name, endpoint.isReady ? .plain : .dim)
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
        add(rate, node.connections, share: nil, of: 0, to: &line)
        line.add("", width: TopLayout.widths[3])
        add(refused: node.refused, dropped: node.dropped, to: &line)
        let percent = node.limit > 0 ? node.tracked * 100 / node.limit : 0
        line.add("  \(node.tracked)/\(node.limit)", percent >= 80 ? .bad : .plain)
        if !node.reasons.isEmpty { line.add("  " + node.reasons.joined(separator: "; "), .bad) }
        return line
    }

    // MARK: Cells

    private func line(
        _ first: String, address text: String, _ cells: [String], _ look: TextLook, last: String = ""
    ) -> ScreenLine {
        var line = ScreenLine()
        line.add(first, width: name, look)
        if address > 0 { line.add(text, width: address, look) }
        for (index, cell) in cells.enumerated() {
            line.add(cell, width: TopLayout.widths[index], look, isRight: true)
            if index == 2, bar > 0 { line.add("", width: bar) }
        }
        if !last.isEmpty { line.add("  " + last, look) }
        return line
    }

    private func add(_ rate: Double, _ count: Int, share: Int?, of total: Int, to line: inout ScreenLine) {
        line.add(rate.short, width: TopLayout.widths[0], rate > 0 ? .good : .dim, isRight: true)
        line.add("\(count)", width: TopLayout.widths[1], isRight: true)
        let part = share.map { total > 0 ? Double($0) / Double(total) : 0 }
        let text = part.map { "\(Int(($0 * 100).rounded()))%" } ?? ""
        line.add(total > 0 ? text : "", width: TopLayout.widths[2], isRight: true)
        line.add(part.map { "  " + TopLayout.bar($0, width: bar - 3) } ?? "", width: bar, .good)
    }

    private func add(refused: Int, dropped: Int, to line: inout ScreenLine) {
        for (index, count) in [(4, refused), (5, dropped)] {
            line.add("\(count)", width: TopLayout.widths[index], count > 0 ? .bad : .dim, isRight: true)
        }
    }

    /// A bar of eighths of a column.
    static func bar(_ part: Double, width: Int) -> String {
        let eighths = Int((min(max(part, 0), 1) * Double(width * 8)).rounded())
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + rest
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
