// SPDX-License-Identifier: Apache-2.0

/// What `lab top` shows and how: the last report, what was asked for by keys. A value: reports and keys go in, lines come
/// out.
public struct TopState: Sendable {
    /// The order of the Services. Raw values are the words of the command line.
    public enum Order: String, Sendable, Hashable, CaseIterable {
        case rate
        case connections
        case refusals
        case name
    }

    /// The order of the Services.
    public var order = Order.rate
    /// Only Services whose names have this.
    public var filter = ""
    /// Whether endpoints are shown below their Services.
    public var showsEndpoints = true
    /// True while the filter is typed.
    public private(set) var isTyping = false
    /// True while the keys are explained.
    public private(set) var isHelping = false
    /// True once the user has had enough.
    public private(set) var hasEnded = false
    /// How many rows are scrolled away.
    private(set) var offset = 0
    /// The last report.
    private(set) var report: TopReport?
    /// New connections a second, by what they are counted for.
    private var rates: [String: Double] = [:]

    /// Nothing is known yet.
    public init() {}

    /// Takes in a report: the rates are those since the one before.
    public mutating func take(_ report: TopReport) {
        rates = [:]
        if let before = self.report, report.milliseconds > before.milliseconds {
            let seconds = (report.milliseconds - before.milliseconds) / 1000
            let former = before.counts
            // What was not there before began at nothing.
            for (id, count) in report.counts { rates[id] = Double(max(0, count - (former[id] ?? 0))) / seconds }
        }
        self.report = report
    }

    /// New connections a second: to all Services, to a port, to an endpoint of it, on a node.
    var rate: Double { rates[TopReport.all] ?? 0 }
    func rate(_ port: TopReport.Port) -> Double { rates[port.id] ?? 0 }
    func rate(_ endpoint: TopReport.Endpoint, of port: TopReport.Port) -> Double { rates[port.id(endpoint)] ?? 0 }
    func rate(_ node: TopReport.Node) -> Double { rates[node.id] ?? 0 }

    /// The ports in their order, those that the filter leaves.
    var ports: [TopReport.Port] {
        let shown = (report?.ports ?? []).filter { filter.isEmpty || $0.id.contains(filter) }
        func precedes(_ left: TopReport.Port, _ right: TopReport.Port, _ isFirst: Bool?) -> Bool {
            isFirst ?? (left.id < right.id)
        }
        func larger<Number: Comparable>(_ left: Number, _ right: Number) -> Bool? { left == right ? nil : left > right }
        return shown.sorted { left, right in
            switch order {
            case .name: left.id < right.id
            case .rate:
                precedes(
                    left, right,
                    larger(rate(left), rate(right)) ?? larger(left.connections, right.connections))
            case .connections: precedes(left, right, larger(left.connections, right.connections))
            case .refusals: precedes(left, right, larger(left.refused + left.dropped, right.refused + right.dropped))
            }
        }
    }

    // MARK: Keys

    /// Takes in a key. `rows` is how many rows of Services are shown.
    public mutating func press(_ key: ScreenKey, rows: Int) {
        if key == .interrupt { hasEnded = true }
        if isHelping {
            isHelping = false
        } else if isTyping {
            type(key)
        } else {
            act(key, rows: rows)
        }
    }

    private mutating func type(_ key: ScreenKey) {
        switch key {
        case .character(let character): filter.append(character)
        case .backspace: _ = filter.popLast()
        case .enter: isTyping = false
        case .escape:
            isTyping = false
            filter = ""
        default: break
        }
        offset = 0
    }

    private mutating func act(_ key: ScreenKey, rows: Int) {
        switch key {
        case .character("q"): hasEnded = true
        case .character("?"), .character("h"): isHelping = true
        case .character("/"): isTyping = true
        case .character("e"): showsEndpoints.toggle()
        case .character("r"): sort(.rate)
        case .character("c"): sort(.connections)
        case .character("x"): sort(.refusals)
        case .character("n"): sort(.name)
        case .down, .character("j"): offset += 1
        case .up, .character("k"): offset -= 1
        case .pageDown, .character(" "): offset += rows
        case .pageUp: offset -= rows
        case .home, .character("g"): offset = 0
        case .end, .character("G"): offset = .max / 2
        case .escape: filter = ""
        default: break
        }
        offset = max(offset, 0)
    }

    private mutating func sort(_ order: Order) {
        self.order = order
        offset = 0
    }

    /// Scrolls back if less is there than was scrolled away.
    mutating func bound(_ count: Int, rows: Int) { offset = min(offset, max(0, count - rows)) }
}

extension TopReport {
    /// What all connections are counted for.
    static let all = "*"

    /// All counts, by what they are counted for.
    fileprivate var counts: [String: Int] {
        var counts = [TopReport.all: connections]
        for port in ports {
            counts[port.id] = port.connections
            for endpoint in port.endpoints { counts[port.id(endpoint)] = endpoint.connections }
        }
        for node in nodes { counts[node.id] = node.connections }
        return counts
    }
}

extension TopReport.Port {
    fileprivate func id(_ endpoint: TopReport.Endpoint) -> String { "\(id) \(endpoint.address)" }
}

extension TopReport.Node {
    fileprivate var id: String { "node \(name)" }
}
