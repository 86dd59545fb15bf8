// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension Pace {
    /// - Parameter isEndless: whether it goes on without a count: background traffic.
    init(_ value: Value, isEndless: Bool) {
        let duration = value.duration("duration")
        let rate = value["rate"].flatMap { $0.number ?? $0.string.flatMap(TextForm.rate) }
        self.init(
            count: value["count"]?.int ?? (isEndless || duration != nil ? nil : 1),
            concurrency: value["concurrency"]?.int ?? 1, rate: rate, duration: duration)
    }
}

extension WebRequest {
    init?(_ value: Value, isEndless: Bool = false) {
        guard let from = value.location("from"), let url = value.text("url") else { return nil }
        self.init(from: from, url: url)
        method = value.text("method") ?? method
        headers = value["headers"]?.strings ?? [:]
        body = value.text("body") ?? ""
        pace = Pace(value, isEndless: isEndless)
        connections = value.choice("connections") ?? connections
        timeout = value.duration("timeout") ?? timeout
        sourcePort = value["sourcePort"]?.int.flatMap(UInt16.init(exactly:))
        follows = value["follow"]?.bool ?? false
        insecure = value["insecure"]?.bool ?? false
        serverName = value.text("serverName")
    }
}

extension Datagrams {
    init?(_ value: Value, isEndless: Bool = false) {
        guard let from = value.location("from"), let to = value.text("to") else { return nil }
        self.init(from: from, to: to)
        payload = value.text("payload") ?? payload
        pace = Pace(value, isEndless: isEndless)
        timeout = value.duration("timeout") ?? timeout
        switch value["sourcePort"] {
        case "keep": sourcePort = .keep
        case .some(let port): sourcePort = port.int.flatMap(UInt16.init(exactly:)).map(SourcePort.number) ?? .new
        case nil: break
        }
    }
}

extension Lookup {
    init?(_ value: Value, isEndless: Bool = false) {
        guard let from = value.location("from"), let name = value.text("name") else { return nil }
        self.init(from: from, name: name)
        type = value.text("type") ?? type
        server = value.text("server")
        pace = Pace(value, isEndless: isEndless)
        timeout = value.duration("timeout") ?? timeout
    }
}

extension Traffic {
    /// The traffic that one of the fields `request`, `udp` and `dns` says.
    init?(_ value: Value, isEndless: Bool = false) {
        if let request = value["request"].flatMap({ WebRequest($0, isEndless: isEndless) }) {
            self = .request(request)
        } else if let datagrams = value["udp"].flatMap({ Datagrams($0, isEndless: isEndless) }) {
            self = .udp(datagrams)
        } else if let lookup = value["dns"].flatMap({ Lookup($0, isEndless: isEndless) }) {
            self = .dns(lookup)
        } else {
            return nil
        }
    }
}
