// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
public import Kubernetes
public import Linux
internal import Net
internal import Synchronization

extension PageCurl {
    /// The command line that does the same.
    var command: String {
        let place = from.hasPrefix("outside-") ? "outside/\(from.dropFirst("outside-".count))" : from
        let one = "curl -s \(Lab.quoted(url))"
        let many = count == 1 ? one : "sh -c " + Lab.quoted("for i in $(seq \(count)); do \(one); done")
        return "lab exec \(Lab.quoted(place)) -- \(many)"
    }
}

extension Lab {
    /// Makes the requests, and tells each of them in the story.
    func perform(_ curl: PageCurl) async throws -> String {
        guard cluster.plan.namespaces[NamespaceName(curl.from)] != nil else {
            throw LabError("there is no \(curl.from) in the lab")
        }
        let namespace = try kernel.edge.place(NamespaceName(curl.from)).namespace
        let parts = try curl.parts
        let addresses = try addresses(of: parts.host, from: curl.from)
        var order = ClientOrder(
            .http(keepsConnections: false), from: namespace, to: addresses.map { SocketAddress($0, parts.port) })
        order.count = curl.count
        order.concurrency = min(curl.count, 8)
        order.payload = Array(
            "GET \(parts.target) HTTP/1.1\r\nHost: \(parts.field)\r\nUser-Agent: lab-ui\r\nLab-Tell: 1\r\nConnection: close\r\n\r\n"
                .utf8)
        let (client, story) = (try TrafficClient(), kernel.story)
        let tally = Mutex<[String: Int]>([:])
        await withCheckedContinuation { continuation in
            client.begin(order) { exchange in
                let fields = exchange.storyFields(from: curl.from, to: curl.url)
                tally.withLock { $0[exchange.word(fields), default: 0] += 1 }
                story.tell(.request, fields)
            } ended: {
                continuation.resume()
            }
        }
        let found = tally.withLock { $0 }
        return found.sorted { $0.key < $1.key }.map { curl.count == 1 ? $0.key : "\($0.value) × \($0.key)" }
            .joined(separator: ", ")
    }

    /// What a host means, asked from a place.
    private func addresses(of host: String, from place: String) throws -> [Address] {
        if let address = Address(host) { return [address] }
        let found = lookUp([
            "name": .string(host), "types": .array(cluster.configuration.families.map { $0 == .v4 ? "A" : "AAAA" }),
            "from": .string(place.contains("/") ? "pod/\(place)" : place),
        ])
        let data = (found["steps"]?.elements ?? []).flatMap { $0["answers"]?.elements ?? [] }
            .flatMap { $0["data"]?.elements ?? [] }.compactMap { $0.string.flatMap { Address($0) } }
        guard !data.isEmpty else { throw LabError(found["error"]?.string ?? "\(host) has no address for \(place)") }
        return data
    }
}

extension PageCurl {
    /// What a request is made of.
    fileprivate var parts: (host: String, port: UInt16, target: String, field: String) {
        get throws {
            let rest = url.dropFirst("http://".count)
            let field = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            let path = rest[field.endIndex...].prefix { $0 != "#" }
            let target = path.hasPrefix("/") ? String(path) : "/\(path)"
            let isSafe = (field + target).utf8.allSatisfy { (33...126).contains($0) }
            var host = field
            var port: UInt16? = 80
            if field.first == "[", let end = field.firstIndex(of: "]") {
                host = field[field.index(after: field.startIndex)..<end]
                let after = field[field.index(after: end)...]
                if !after.isEmpty { port = UInt16(after.dropFirst()) }
            } else if let colon = field.lastIndex(of: ":") {
                host = field[..<colon]
                port = UInt16(field[field.index(after: colon)...])
            }
            guard isSafe, !host.isEmpty, let port else { throw LabError("\"\(url)\" is no address of a server") }
            return (String(host), port, target, String(field))
        }
    }
}

extension ClientExchange {
    /// The exchange as a story has it: the fields of a line `request`.
    public func storyFields(from place: String, to url: String) -> Value {
        var fields: Value = [
            "from": .string(place), "to": .string(url), "milliseconds": .double((milliseconds * 1000).rounded() / 1000),
        ]
        switch end {
        case .answered(let answer):
            fields["outcome"] = "answered"
            fields["status"] = .int(Int64(answer.status))
            fields["pod"] = answer.field("lab-pod").map { .string($0) }
        case .connected: fields["outcome"] = "answered"
        case .refused: fields["outcome"] = "refused"
        case .timedOut: fields["outcome"] = "timedOut"
        case .unreachable(let errno):
            fields["outcome"] = "unreachable"
            fields["error"] = .string(errno.sentence)
        case .reset(let text):
            fields["outcome"] = "reset"
            fields["error"] = .string(text)
        case .failed(let text):
            fields["outcome"] = "failed"
            fields["error"] = .string(text)
        }
        return fields
    }

    /// What came of it, in a few words.
    fileprivate func word(_ fields: Value) -> String {
        guard case .answered(let answer) = end else { return fields.text("outcome") }
        return "\(answer.status)" + (fields["pod"]?.string.map { " from \($0)" } ?? "")
    }
}
