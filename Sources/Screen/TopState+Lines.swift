// SPDX-License-Identifier: Apache-2.0

extension TopState {
    /// The whole screen, a line each, fitted to a window.
    public mutating func screen(columns: Int, rows: Int, hasColour: Bool) -> [String] {
        let layout = TopLayout(columns: columns)
        let fixed = nodeLines(layout, limit: max(2, rows / 3)) + faultLines(limit: max(1, rows / 6))
        var lines = [title, layout.head]
        let room = max(1, rows - lines.count - fixed.count - 1)
        let body = isHelping ? TopState.help : serviceLines(layout)
        bound(body.count, rows: room)
        lines += body.dropFirst(offset).prefix(room)
        lines += Array(repeating: ScreenLine(), count: max(0, room - (body.count - offset)))
        lines += fixed + [footer(shown: room, of: body.count)]
        return lines.prefix(rows).map { $0.text(columns: columns, hasColour: hasColour) }
    }

    /// All that there is to show, as long as it may be: for where there is no window.
    public func table(columns: Int, hasColour: Bool) -> [String] {
        let layout = TopLayout(columns: columns)
        let lines =
            [title, layout.head] + serviceLines(layout) + nodeLines(layout, limit: .max) + faultLines(limit: .max)
        return lines.map { $0.text(columns: columns, hasColour: hasColour).trimmed }
    }

    // MARK: Parts

    private var title: ScreenLine {
        guard let report else { return ScreenLine("lab top", .bold) }
        var line = ScreenLine("Lab \(report.name)", .bold)
        line.add(" (\(report.proxyMode))  \(report.connections) connections, \(rate.short)/s")
        let refused = report.nodes.reduce(0) { $0 + $1.refused }
        let dropped = report.nodes.reduce(0) { $0 + $1.dropped }
        line.add(", \(refused) refused", refused > 0 ? .bad : .plain)
        line.add(", \(dropped) dropped", dropped > 0 ? .bad : .plain)
        return line
    }

    private func serviceLines(_ layout: TopLayout) -> [ScreenLine] {
        let shown = ports
        let total = shown.reduce(0) { $0 + $1.connections }
        var lines: [ScreenLine] = []
        for port in shown {
            lines.append(layout.line(port, rate: rate(port), of: total))
            guard showsEndpoints else { continue }
            lines += layout.remarks(port)
            for endpoint in port.endpoints {
                lines.append(layout.line(endpoint, of: port, rate: rate(endpoint, of: port)))
            }
        }
        if let report, report.more > 0 { lines.append(ScreenLine("and \(report.more) Services more: / filters", .dim)) }
        return lines.isEmpty ? [ScreenLine(report == nil ? "" : "no Service", .dim)] : lines
    }

    private func nodeLines(_ layout: TopLayout, limit: Int) -> [ScreenLine] {
        guard let report else { return [] }
        var lines = report.nodes.map { layout.line($0, rate: rate($0)) }
        if lines.count > limit - 1 {
            let left = lines.count - (limit - 2)
            lines = lines.prefix(max(0, limit - 2)) + [ScreenLine("and \(left) more", .dim)]
        }
        return [layout.nodeHead] + lines
    }

    private func faultLines(limit: Int) -> [ScreenLine] {
        guard let report else { return [] }
        let lines =
            report.faults.map { ScreenLine("fault: \($0)", .warning) }
            + report.remarks.map { ScreenLine("note: \($0)", .warning) }
        return lines.count <= limit
            ? lines : lines.prefix(limit - 1) + [ScreenLine("and \(lines.count - limit + 1) more", .warning)]
    }

    private func footer(shown: Int, of count: Int) -> ScreenLine {
        if isTyping { return ScreenLine("filter: \(filter)_   enter keeps it, escape drops it", .reversed) }
        var line = ScreenLine("q quit  ? help  / filter  r c x n sort (\(order.rawValue))  e endpoints", .dim)
        if !filter.isEmpty { line.add("  filter: \(filter)", .warning) }
        if count > shown { line.add("  \(offset + 1)-\(min(count, offset + shown)) of \(count)") }
        return line
    }

    private static let help: [ScreenLine] = [
        "Services, their endpoints, nodes and faults of the lab, as they are now.", "",
        "r  sort by new connections a second      c  by connections since the start",
        "x  by refusals and drops                 n  by name",
        "/  only Services with a text in their names; escape drops the filter",
        "e  show or hide endpoints",
        "up down j k  page up, page down, space  home end g G   scroll",
        "q or control-C  quit", "",
        "CONN/S    new connections a second      CONNS  since this command began",
        "SHARE     of the Service's connections; of a Service, of all that are shown",
        "PROBE     how long the Pod took to answer its last probe, in milliseconds",
        "REFUSED   connections that were told so; DROPPED: that wait in vain", "", "any key goes back",
    ].map { ScreenLine($0) }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
