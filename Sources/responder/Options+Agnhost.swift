// SPDX-License-Identifier: Apache-2.0

extension Options {
    /// The command lines of `agnhost`: a role and its flags, each as `--name value` or `--name=value`.
    mutating func readAgnhost(_ arguments: [String]) throws(Misuse) {
        let flags = Flags(arguments.dropFirst())
        switch arguments.first ?? "pause" {
        case "netexec":
            role = .netexec
            http = try flags.ports("http-port", or: 8080)
            udp = try flags.ports("udp-port", or: 8081)
            drainMilliseconds = UInt64(Int(flags["delay-shutdown"] ?? "0") ?? 0) * 1000
        case "serve-hostname":
            let isUnasked = flags.isTrue("tcp")
            role = isUnasked ? .hostnameUnasked : .hostname
            let ports = try flags.ports("port", or: 9376)
            if isUnasked || flags["http"] != "false" { http = ports }
            if flags.isTrue("udp") { udp = ports }
            drainMilliseconds = 60_000
        case "porter":
            readPorter(isJSON: flags.isTrue("json-response"))
            drainMilliseconds = 0
        case "test-webserver":
            http = try flags.ports("port", or: 80)
            files = "/"
            isOnlyFiles = true
            drainMilliseconds = 0
        case "pause":
            role = .pause
            greeting = "Paused\nSignals registered\n"
        case "connect", "dns-suffix", "dns-server-list", "etc-hosts":
            command = arguments
        case let other: throw Misuse(reason: "the lab's stand-in for agnhost has no role \(other)")
        }
    }

    /// `SERVE_PORT_N`, `SERVE_TCP_PORT_N` and `SERVE_UDP_PORT_N` say what is answered on port N.
    private mutating func readPorter(isJSON: Bool) {
        var texts: [UInt16: [UInt8]] = [:]
        for entry in environmentEntries() {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            for prefix in ["SERVE_PORT_", "SERVE_TCP_PORT_", "SERVE_UDP_PORT_"] where parts[0].hasPrefix(prefix) {
                guard parts.count == 2, let port = UInt16(parts[0].dropFirst(prefix.utf8.count)), port > 0 else {
                    continue
                }
                texts[port] = Array(parts[1].utf8)
                if prefix.contains("UDP") { udp.append(port) } else if !http.contains(port) { http.append(port) }
            }
        }
        role = .porter(texts, isJSON: isJSON)
    }
}

/// Flags of a command line as Go's `flag` package reads them.
private struct Flags {
    private var values: [String: String] = [:]

    init(_ words: ArraySlice<String>) {
        var rest = words
        while let word = rest.popFirst() {
            guard word.hasPrefix("-") else { continue }
            let name = word.drop { $0 == "-" }
            if let equals = name.firstIndex(of: "=") {
                values[String(name[..<equals])] = String(name[name.index(after: equals)...])
            } else if let next = rest.first, !next.hasPrefix("-") || Int(next) != nil {
                values[String(name)] = next
                rest.removeFirst()
            } else {
                values[String(name)] = "true"
            }
        }
    }

    subscript(_ name: String) -> String? { values[name] }

    func isTrue(_ name: String) -> Bool { values[name].map { $0 != "false" } ?? false }

    /// The port of a flag; none for -1.
    func ports(_ name: String, or standard: UInt16) throws(Options.Misuse) -> [UInt16] {
        guard let text = values[name] else { return [standard] }
        if text == "-1" { return [] }
        guard let port = UInt16(text), port > 0 else {
            throw Options.Misuse(reason: "--\(name): \(text) is not a port")
        }
        return [port]
    }
}
