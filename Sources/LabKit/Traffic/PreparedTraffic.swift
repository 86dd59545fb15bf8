// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import Kubernetes
internal import Linux
internal import Net
internal import Server

/// Traffic of which all is known that the thread that sends it must know.
enum PreparedTraffic: Sendable {
    /// It cannot begin: so many fail so.
    case failed(Int, Check.Outcome, String)
    case order(ClientOrder)
    case secure(SecureTraffic)
}

/// Requests over TLS.
struct SecureTraffic: Sendable {
    var connection: ClientOrder
    var client: SecureClient
    var question: SecureClient.Question
    var pace: Pace
}

extension Lab {
    /// Finds out where requests come from and go to, and what is sent.
    func prepare(_ request: WebRequest) async throws -> PreparedTraffic {
        let place = try await locate(request.from)
        let address = try WebAddress(try await substitute(request.url, inURL: true))
        let port = try await number(
            ofPort: address.portText ?? (address.isSecure ? "443" : "80"), address.host, request.from)
        let destinations: [SocketAddress]
        switch try await resolve(address.host, at: place, request.from) {
        case .nothing(let text): return .failed(request.pace.count ?? 1, .unresolved, text)
        case .addresses(let addresses): destinations = addresses.map { SocketAddress($0, port) }
        }
        let keeps = request.connections == .keepAlive
        var order = ClientOrder(.http(keepsConnections: keeps), from: place.namespace, to: destinations)
        order.words = (place.name, try await substitute(request.url, inURL: true))
        order.sourcePort = request.sourcePort
        order.isHead = request.method == "HEAD"
        set(request.pace, request.timeout, &order)
        // Connections that are kept are as many as were asked for: what is late does not open another.
        if keeps { order.concurrency = max(1, request.pace.concurrency) }
        let fields = try await fields(of: request, address, port)
        let body = Array(try await substitute(request.body, inURL: false).utf8)
        guard address.isSecure else {
            order.payload = Lab.text(request.method, address.target, fields, body)
            return .order(order)
        }
        order.carrier = .connection
        let trust: SecureClient.Trust = request.insecure ? .anybody : .authority(try authority())
        return .secure(
            SecureTraffic(
                connection: order,
                client: try SecureClient(serverName: request.serverName ?? address.host, trusting: trust),
                question: SecureClient.Question(request.method, address.target, fields: fields, body: body),
                pace: request.pace))
    }

    /// The same for datagrams.
    func prepare(_ datagrams: Datagrams) async throws -> PreparedTraffic {
        let place = try await locate(datagrams.from)
        let text = try await substitute(datagrams.to, inURL: true)
        let parts = try WebAddress.hostAndPort(text[...], in: text)
        guard let portText = parts.port else { throw LabFailure("\"\(text)\" names no port: write NAME:PORT") }
        let port = try await number(ofPort: portText, parts.host, datagrams.from)
        let addresses: [Address]
        switch try await resolve(parts.host, at: place, datagrams.from) {
        case .nothing(let text): return .failed(datagrams.pace.count ?? 1, .unresolved, text)
        case .addresses(let found): addresses = found
        }
        var order = ClientOrder(
            .datagrams(keepsPort: datagrams.sourcePort != .new), from: place.namespace,
            to: addresses.map { SocketAddress($0, port) })
        order.words = (place.name, "udp://\(text)")
        order.payload = Array(try await substitute(datagrams.payload, inURL: false).utf8)
        set(datagrams.pace, datagrams.timeout, &order)
        if case .number(let number) = datagrams.sourcePort { order.sourcePort = number }
        // A flow is one port to one address.
        if datagrams.sourcePort != .new { (order.destinations, order.concurrency) = ([order.destinations[0]], 1) }
        return .order(order)
    }

    private func set(_ pace: Pace, _ timeout: Duration, _ order: inout ClientOrder) {
        order.count = pace.count
        // With a rate, slow answers do not hold up those that are due.
        order.concurrency = pace.rate == nil ? max(1, pace.concurrency) : max(4096, pace.concurrency)
        // Kept connections are as many as may be under way, and no more, however late an answer is.
        if case .http(keepsConnections: true) = order.carrier { order.concurrency = max(1, pace.concurrency) }
        if order.sourcePort != nil { order.concurrency = 1 }
        order.rate = pace.rate
        order.duration = pace.duration?.milliseconds
        order.timeout = timeout.milliseconds
    }

    private func fields(of request: WebRequest, _ address: WebAddress, _ port: UInt16) async throws -> [(
        name: String, value: String
    )] {
        var fields: [(name: String, value: String)] = []
        for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) {
            fields.append((name, try await substitute(value, inURL: false)))
        }
        func add(_ name: String, _ value: String) {
            if !fields.contains(where: { $0.name.lowercased() == name.lowercased() }) { fields.append((name, value)) }
        }
        add("Host", address.hostField(port))
        add("User-Agent", "lab")
        add("Accept", "*/*")
        // The lab's responder then says who answers, and whom it sees, in fields of its own.
        add("Lab-Tell", "1")
        if !request.body.isEmpty { add("Content-Length", "\(request.body.utf8.count)") }
        if request.connections == .new || address.isSecure { add("Connection", "close") }
        return fields
    }

    private static func text(
        _ method: String, _ target: String, _ fields: [(name: String, value: String)], _ body: [UInt8]
    ) -> [UInt8] {
        let head = ["\(method) \(target) HTTP/1.1"] + fields.map { "\($0.name): \($0.value)" }
        // A line end inside a field would begin a line of its own.
        let lines = head.map { String($0.map { $0.isNewline ? " " : $0 }) }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    /// The certificate of the lab's authority, as its kubeconfig has it.
    private func authority() throws -> String {
        guard let value = try? Value(json: File.bytes(kubeconfig)),
            let text = value["clusters"]?.elements.first?["cluster", "certificate-authority-data"]?.string,
            let data = Data(base64Encoded: text)
        else { throw LabFailure("\(kubeconfig) has no certificate that could be trusted; say insecure: true") }
        return String(decoding: data, as: UTF8.self)
    }
}
