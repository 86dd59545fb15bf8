// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Screen
import Testing

/// A lab with a Service that is used, one without endpoints, and so many more.
private func report(
    after seconds: Double = 0, connections: [Int] = [0, 0], refused: Int = 0, services: Int = 0, more: Int = 0
) -> TopReport {
    func endpoint(_ index: Int) -> Value {
        [
            "endpoint": .string("10.244.\(index).3:8080"), "pod": .string("default/web-\(index)"), "ready": true,
            "connections": .int(Int64(connections[index])), "milliseconds": .double(1.25),
        ]
    }
    func service(_ name: String, _ count: Int, refused: Int = 0, _ endpoints: [Value]) -> Value {
        [
            "service": .string("default/\(name)"), "port": "http", "address": "10.96.0.9:80",
            "connections": .int(Int64(count)), "refused": .int(Int64(refused)), "dropped": 0,
            "reasons": refused > 0 ? ["no endpoints"] : [], "endpoints": .array(endpoints),
        ]
    }
    let total = connections.reduce(0, +)
    let others = (0..<services).map { service("other-\($0)", 0, [endpoint(0)]) }
    let used = [
        service("hello", total, connections.indices.map(endpoint)), service("empty", 0, refused: refused, []),
    ]
    return TopReport([
        "name": "shop", "proxyMode": "nftables", "milliseconds": .double(seconds * 1000),
        "connections": .int(Int64(total)), "services": .array(used + others), "more": .int(Int64(more)),
        "nodes": [
            [
                "node": "node-1", "ready": true, "connections": .int(Int64(total)), "refused": .int(Int64(refused)),
                "dropped": 0, "conntrack": ["used": 210, "max": 262144],
            ],
            ["node": "edge", "connections": 0, "refused": 0, "dropped": 0, "conntrack": ["used": 5, "max": 262144]],
        ],
        "faults": [["text": "node-2 is frozen"]], "remarks": [],
    ])
}

@Suite struct TopStateTests {
    private func screen(_ state: inout TopState, _ columns: Int = 80, _ rows: Int = 24) -> [String] {
        state.screen(columns: columns, rows: rows, hasColour: false)
    }

    private func words(_ line: String?) -> [String] { (line ?? "").split(separator: " ").map(String.init) }

    @Test func `connections, shares and rates are the report's`() {
        var state = TopState()
        state.take(report())
        state.take(report(after: 2, connections: [75, 25], refused: 3))
        let lines = screen(&state)
        #expect(lines[0] == "Lab shop (nftables)  100 connections, 50/s, 3 refused, 0 dropped")
        #expect(
            words(lines.first { $0.contains("default/hello") }) == [
                "default/hello:http", "50", "100", "100%", "0", "0",
            ])
        #expect(words(lines.first { $0.contains("web-0") }) == ["web-0", "37.5", "75", "75%", "1.3", "ms"])
        #expect(words(lines.first { $0.contains("web-1") }) == ["web-1", "12.5", "25", "25%", "1.3", "ms"])
        #expect(
            words(lines.first { $0.hasPrefix("default/empty") }).prefix(6) == [
                "default/empty:http", "0", "0", "0%", "3", "0",
            ])
        #expect(words(lines.first { $0.hasPrefix("node-1") }) == ["node-1", "50", "100", "210/262144", "3", "0"])
        #expect(lines.contains { $0.contains("fault: node-2 is frozen") })
    }

    @Test(arguments: [(80, 24), (200, 60), (40, 10), (20, 3), (300, 100)])
    func `the screen fits the window, whatever its size`(columns: Int, rows: Int) {
        for isHelping in [false, true] {
            var state = TopState()
            state.take(report(services: 100, more: 7))
            if isHelping { state.press(.character("?"), rows: rows) }
            let lines = screen(&state, columns, rows)
            #expect(lines.count == rows)
            #expect(lines.allSatisfy { $0.count <= columns })
        }
    }

    @Test func `a wide window shows addresses, bars and reasons`() {
        var state = TopState()
        state.take(report(after: 1, connections: [50, 50], refused: 2))
        let lines = screen(&state, 200, 60)
        #expect(lines.contains { $0.contains("10.96.0.9:80") && $0.contains("█") })
        #expect(lines.contains { $0.contains("10.244.1.3:8080") })
        #expect(lines.contains { $0.contains("no endpoints") })
    }

    @Test func `keys sort, filter, hide endpoints and scroll`() {
        var state = TopState()
        state.take(report(after: 1, connections: [5, 5], refused: 9, services: 40))
        #expect(screen(&state)[2].hasPrefix("default/hello"), "the busiest first")
        state.press(.character("x"), rows: 10)
        #expect(screen(&state)[2].hasPrefix("default/empty"), "the refused first")
        state.press(.character("n"), rows: 10)
        state.press(.character("e"), rows: 10)
        #expect(
            screen(&state)[2...4].map { words($0)[0] } == [
                "default/empty:http", "default/hello:http", "default/other-0:http",
            ])
        state.press(.pageDown, rows: 10)
        #expect(words(screen(&state)[2])[0] != "default/empty:http")
        state.press(.home, rows: 10)
        for key in ScreenKey.keys(in: Array("/other-7q".utf8)) { state.press(key, rows: 10) }
        #expect(!state.hasEnded, "a letter of the filter is no command")
        state.press(.backspace, rows: 10)
        state.press(.enter, rows: 10)
        let lines = screen(&state)
        #expect(words(lines[2])[0] == "default/other-7:http")
        #expect(lines[3].isEmpty)
        state.press(.escape, rows: 10)
        #expect(screen(&state).contains { $0.contains("default/hello") })
    }

    @Test(arguments: [ScreenKey.character("q"), .interrupt]) func `it ends when it is told to`(key: ScreenKey) {
        var state = TopState()
        state.press(key, rows: 10)
        #expect(state.hasEnded)
    }

    @Test func `scrolling stops at both ends`() {
        var state = TopState()
        state.take(report(services: 60))
        state.press(.character("n"), rows: 10)
        state.press(.character("e"), rows: 10)
        state.press(.end, rows: 10)
        let last = screen(&state)
        #expect(last.contains { $0.hasPrefix("default/other-9:") })
        state.press(.down, rows: 10)
        #expect(screen(&state) == last)
        for _ in 0..<100 { state.press(.up, rows: 10) }
        #expect(screen(&state)[2].hasPrefix("default/empty"))
    }

    @Test func `a table without a window has every Service, and no colour unless asked`() {
        var state = TopState()
        state.take(report(services: 100))
        let lines = state.table(columns: 120, hasColour: false)
        #expect(lines.count { $0.hasPrefix("default/") } == 102)
        #expect(!lines.joined().contains("\u{1b}"))
        #expect(state.table(columns: 120, hasColour: true).joined().contains("\u{1b}["))
    }

    @Test func `a daemon of another version shows nothing, and breaks nothing`() {
        var state = TopState()
        state.take(TopReport(["name": 3, "services": "none", "nodes": [7]]))
        #expect(screen(&state).count == 24)
    }
}
