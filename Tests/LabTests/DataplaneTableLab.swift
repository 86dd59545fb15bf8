// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The lab that the table's rows are tried in.
struct DataplaneTableLab {
    let lab: LabUnderTest
    let mode: RuleMode
    private(set) var addresses: [String: String] = [:]
    /// Where a Pod's packets arrive, for the Pods on a node's own network.
    private var places: [String: String] = [:]

    init(_ mode: RuleMode) throws {
        self.mode = mode
        lab = try LabUnderTest(DataplaneTableLab.manifest(mode))
        try learn()
    }

    /// Reads the addresses that were given out.
    private mutating func learn() throws {
        let status = try lab.status()
        addresses = ["host": "172.18.0.254"]
        for node in status["nodes"] as? [[String: Any]] ?? [] {
            addresses[node["name"] as? String ?? ""] = node["address"] as? String
        }
        let nodes = addresses
        for pod in status["pods"] as? [[String: Any]] ?? [] {
            let (name, address) = (pod["name"] as? String ?? "", pod["address"] as? String ?? "")
            addresses["pod:\(name)"] = address
            places[name] = nodes.first { $0.value == address }?.key ?? name
        }
        for service in status["services"] as? [[String: Any]] ?? [] {
            let name = service["name"] as? String ?? ""
            addresses[name] = service["clusterIP"] as? String
            addresses["lb:\(name)"] = (service["externalIP"] as? String)?.components(separatedBy: ",").first
        }
    }

    /// A text with the lab's own addresses in it.
    func fill(_ text: String) -> String {
        var text = text
        for (name, address) in addresses { text = text.replacingOccurrences(of: "{\(name)}", with: address) }
        return text
    }

    // MARK: The wire

    /// Tries all rows at once, in one shell a place, so that silences are waited for together.
    func wire(_ rows: [DataplaneRow]) throws -> [Int: WireOutcome] {
        var outcomes: [Int: WireOutcome] = [:]
        for (place, numbers) in Dictionary(grouping: rows.indices, by: { rows[$0].from }) {
            let script = numbers.map { "(\(command(rows[$0], number: $0))) &\n" }.joined() + "wait\n"
            let ran = try lab.exec(place, "bash", "-c", script)
            for number in numbers { outcomes[number] = WireOutcome() }
            for line in ran.lines {
                let words = line.components(separatedBy: " ")
                guard let number = Int(words[0]), words.count > 1 else { continue }
                switch words[1] {
                case "answer": outcomes[number]?.answers[words[2], default: []].insert(words.count > 3 ? words[3] : "")
                case "status": outcomes[number]?.status = Int(words[2])
                default: outcomes[number]?.errors.insert(words[1])
                }
            }
        }
        return outcomes
    }

    /// A command that makes a row's connections and prints what came of them: `3 answer web-1 10.244.0.2`.
    private func command(_ row: DataplaneRow, number: Int) -> String {
        let target = fill(row.to)
        if case .status = row.expected {
            return "echo \(number) status $(curl -s -o /dev/null -w '%{http_code}' -m 3 http://\(target))"
        }
        if row.transport == "udp" {
            let parts = target.split(separator: ":", omittingEmptySubsequences: false)
            let (address, port) = (parts.dropLast().joined(separator: ":"), parts.last ?? "")
            return """
                for i in $(seq \(row.tries)); do
                  exec 3<>/dev/udp/\(address)/\(port); printf hostname >&3 2>/dev/null
                  told=$(timeout 0.9 dd bs=2048 count=1 status=none <&3 2>&1); code=$?
                  if [ $code = 124 ]; then echo \(number) silence
                  elif [ $code != 0 ]; then echo \(number) refused
                  else echo \(number) answer $told; fi
                done 2>/dev/null | sort -u
                """
        }
        return """
            told=$(curl -sS -m \(row.tries > 1 ? 20 : 1) -H 'Accept: application/json' -H 'Connection: close' \
            'http://\(target)/?n=[1-\(row.tries)]' 2>&1)
            sed -nE -e 's/.*"pod":"([^"]*)".*"client":"\\[?([^]"]*)\\]?:[0-9]+".*/\(number) answer \\1 \\2/p' \
            -e 's/.*timed out.*/\(number) silence/p' -e 's/.*(onnection refused|ould not connect|ouldn.t connect).*/\(number) refused/p' \
            -e 's/.*(o route to host|unreachable).*/\(number) unreachable/p' <<<"$told" | sort -u
            """
    }

    // MARK: The walker

    /// What the walker says of a row; nil if it agrees.
    func disagreement(_ row: DataplaneRow) throws -> String? {
        let journeys = try lab.walk(
            fill(row.to.components(separatedBy: "/")[0]), from: row.from, transport: row.transport)
        let ends = Set(journeys.map { $0["outcome"] as? String ?? "" })
        let arrivals = Set(journeys.map { ($0["namespace"] as? String ?? "").components(separatedBy: "/").last ?? "" })
        let sources = Set(journeys.map { $0["source"] as? String ?? "" }.map { $0.components(separatedBy: ":")[0] })
        let agrees: Bool =
            switch row.expected(mode) {
            case .answers(let pods, let seen):
                ends == ["delivered"] && arrivals == Set(pods.map { places[$0] ?? $0 })
                    && (seen == nil || sources == [fill(seen ?? "")])
            case .sticks(let pods): ends == ["delivered"] && arrivals.isSubset(of: pods.map { places[$0] ?? $0 })
            case .refused: ends == ["rejected"]
            case .closed, .status: ends == ["delivered"]
            case .silence: ends == ["dropped"]
            }
        return agrees ? nil : "\(ends.sorted()) at \(arrivals.sorted()), clients seen \(sources.sorted())"
    }

    // MARK: Both

    /// Holds the rows against the wire and against the walker.
    func hold(_ rows: [DataplaneRow]) throws {
        let outcomes = try wire(rows)
        for (number, row) in rows.enumerated() {
            let wanted = filled(row.expected(mode))
            let name = "\(row.line) \(row.about): \(row.transport) from \(row.from) to \(row.to) (\(fill(row.to)))"
            #expect(row.iptables == nil || DataplaneRow.differing.contains(row.line), "\(name): may not differ by mode")
            let outcome = outcomes[number] ?? WireOutcome()
            #expect(outcome.fits(wanted), "\(mode) kernel, \(name): \(outcome), not \(wanted)")
            let disagreement = try disagreement(row)
            #expect(disagreement == nil, "\(mode) walker, \(name): \(disagreement ?? ""), not \(wanted)")
        }
    }

    private func filled(_ expected: DataplaneRow.Expected) -> DataplaneRow.Expected {
        guard case .answers(let pods, let seen?) = expected else { return expected }
        return .answers(pods, seen: fill(seen))
    }
}
