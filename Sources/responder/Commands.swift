// SPDX-License-Identifier: Apache-2.0

/// The commands of `agnhost` that end at once. Gives the exit code.
func runCommand(_ words: [String]) -> Int32 {
    switch words.first {
    case "etc-hosts": show(fileBytes("/etc/hosts") ?? [])
    case "dns-suffix": show(Array((resolver("search").last ?? "").split(separator: " ").joined(separator: ",").utf8))
    case "dns-server-list": show(Array(resolver("nameserver").joined(separator: ",").utf8))
    default: return connect(Array(words.dropFirst()))
    }
    return 0
}

private func show(_ text: [UInt8]) { writeWithoutWaiting(text, to: 1, mayBlock: false) }

/// The values of a keyword in `/etc/resolv.conf`.
private func resolver(_ keyword: String) -> [String] {
    String(decoding: fileBytes("/etc/resolv.conf") ?? [], as: UTF8.self).split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ", maxSplits: 1)
        return words.count == 2 && words[0] == keyword ? String(words[1]) : nil
    }
}

/// `connect [--timeout=D] [--protocol=tcp] HOST:PORT`: silent if it can be done, else one word for why not.
private func connect(_ words: [String]) -> Int32 {
    func complain(_ text: String) -> Int32 {
        writeWithoutWaiting(Array((text + "\n").utf8), to: 2, mayBlock: false)
        return 1
    }
    var milliseconds: Int32 = 5000
    var target = ""
    for word in words {
        if word.hasPrefix("--timeout=") {
            let digits = word.dropFirst(10).prefix { $0.isNumber }
            let isMilliseconds = word.hasSuffix("ms")
            guard let number = Int32(digits), number < 100_000 else { return complain("UNKNOWN: bad timeout") }
            milliseconds = isMilliseconds ? number : number * 1000
        } else if word.hasPrefix("--protocol=") {
            guard word.hasSuffix("=tcp") else { return complain("UNKNOWN: the stand-in connects by tcp alone") }
        } else if !word.hasPrefix("-") {
            target = word
        }
    }
    guard let colon = target.lastIndex(of: ":"), let port = UInt16(target[target.index(after: colon)...]) else {
        return complain("UNKNOWN: wants HOST:PORT")
    }
    let host = String(target[..<colon].filter { $0 != "[" && $0 != "]" })
    guard let address = numericAddress(of: host) else { return complain("DNS: \(host) is no address") }
    switch tryToConnect(to: address, port: port, milliseconds: milliseconds) {
    case .connected: return 0
    case .timeout: return complain("TIMEOUT")
    case .refused: return complain("REFUSED")
    case .other(let text): return complain("OTHER: \(text)")
    }
}

/// The address that a text is, or that `/etc/hosts` has for a name.
private func numericAddress(of host: String) -> String? {
    if host.contains(":") || host.allSatisfy({ $0.isNumber || $0 == "." }) { return host }
    for line in String(decoding: fileBytes("/etc/hosts") ?? [], as: UTF8.self).split(separator: "\n") {
        let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
        if let address = words.first, words.dropFirst().contains(where: { $0 == host }) { return String(address) }
    }
    return nil
}
