// SPDX-License-Identifier: Apache-2.0

/// What the process is: the lab's own server, or one of the servers of `agnhost`, the Kubernetes community's test image.
enum Role {
    /// HTTP that greets, and UDP that sends back what comes, but for `hostname` and `clientip`.
    case responder
    /// HTTP that tells of itself, and UDP with a few words of its own.
    case netexec
    /// The host name, whatever is asked.
    case hostname
    /// The host name to whoever connects, unasked.
    case hostnameUnasked
    /// For each port a text that is the answer to everything.
    case porter([UInt16: [UInt8]], isJSON: Bool)
    /// Nothing, until it is told to end.
    case pause

    /// The answer to a datagram; nil for none.
    func reply(to datagram: [UInt8], from client: Endpoint, port: UInt16) -> [UInt8]? {
        switch self {
        case .responder:
            // What agnhost tells, too; all else comes back as it is.
            guard ["hostname", "clientip"].contains(String(decoding: datagram, as: UTF8.self)) else { return datagram }
        case .hostname, .hostnameUnasked: return Array(hostName().utf8)
        case .porter(let texts, _): return texts[port]
        case .pause: return nil
        case .netexec: break
        }
        let text = String(decoding: datagram, as: UTF8.self).lowercased()
        var words = text[...]
        while let last = words.last, last.isWhitespace { words.removeLast() }
        while let first = words.first, first.isWhitespace { words.removeFirst() }
        if words.hasPrefix("echo ") { return Array(words.dropFirst(5).utf8) }
        switch words {
        case "hostname": return Array(hostName().utf8)
        case "serverport": return Array(String(port).utf8)
        case "clientip":
            var address: [UInt8] = []
            client.append(to: &address)
            return address
        default: return nil
        }
    }

    /// What the process ends with at once when told to; nil if it goes on serving for a while.
    func exitCode(onInterrupt: Bool) -> Int32? {
        guard case .pause = self else { return nil }
        return onInterrupt ? 1 : 2
    }
}

/// The answer of a role other than the lab's own; nil for that.
func roleAnswer(_ request: Request, from client: Endpoint, in circumstances: Circumstances) -> Answer? {
    switch circumstances.role {
    case .responder: return nil
    case .netexec: return netexec(request, from: client, circumstances)
    case .hostname, .hostnameUnasked, .pause: return Answer(200, hostName())
    case .porter(let texts, let isJSON):
        var answer = Answer()
        let text = texts[circumstances.port] ?? []
        guard isJSON else {
            answer.body = text
            answer.contentType = text.first == UInt8(ascii: "<") ? "text/html; charset=utf-8" : answer.contentType
            return answer
        }
        answer.contentType = "application/json"
        answer.body.append("{\"Method\":")
        answer.body.append(json: request.head[request.method])
        answer.body.append(",\"Body\":")
        answer.body.append(json: text)
        answer.body.append("}")
        return answer
    }
}

/// `agnhost netexec`: what it answers, by path; any other path tells the time.
private func netexec(_ request: Request, from client: Endpoint, _ circumstances: Circumstances) -> Answer {
    let query = request.head[request.query]
    let value = { (name: String) in queryValue(name, in: query).map { String(decoding: $0, as: UTF8.self) } }
    switch String(decoding: request.head[request.path], as: UTF8.self) {
    case "/hostname", "/hostName": return Answer(200, hostName())
    case "/clientip":
        var answer = Answer()
        client.append(to: &answer.body)
        return answer
    case "/serverport": return Answer(200, String(circumstances.port))
    case "/healthz": return Answer(circumstances.hasDatagrams ? 200 : 412)
    case "/readyz":
        if circumstances.isShuttingDown { return Answer(503, "shutting down") }
        return circumstances.hasDatagrams ? Answer(200, "ok") : Answer(412)
    case "/echo":
        let code = Int(value("code") ?? "200") ?? 200
        return Answer(200...599 ~= code ? code : 400, value("msg") ?? "")
    case "/header": return Answer(200, headers(of: request, named: value("key") ?? ""))
    case "/exit", "/shutdown": return Answer(200, "", effect: .exit(Int32(value("code") ?? "0") ?? 0))
    case "/redirect":
        var answer = Answer(Int(value("code") ?? "302") ?? 302)
        answer.location = value("location")
        return answer
    case "/dial", "/shell", "/upload":
        return Answer(Refusal(501, "the lab's stand-in for agnhost does not dial, run or take anything"))
    default: return Answer(200, "NOW: \(goTime())")
    }
}

/// One header field of a request, or all of them as a JSON object of lists.
private func headers(of request: Request, named name: String) -> String {
    if !name.isEmpty { return request.value(of: name).map { String(decoding: $0, as: UTF8.self) } ?? "" }
    var values: [String: [ArraySlice<UInt8>]] = [:]
    for field in request.fields {
        values[String(decoding: request.head[field.name], as: UTF8.self), default: []].append(request.head[field.value])
    }
    var text: [UInt8] = []
    for (name, list) in values.sorted(by: { $0.key < $1.key }) {
        text.append(text.isEmpty ? "{" : ",")
        text.append(json: name.utf8)
        text.append(":[")
        for (index, value) in list.enumerated() {
            if index > 0 { text.append(",") }
            text.append(json: value)
        }
        text.append("]")
    }
    text.append(text.isEmpty ? "{}" : "}")
    return String(decoding: text, as: UTF8.self)
}

/// The time as Go prints it: `2026-11-21 08:59:49.123 +0000 UTC`.
private func goTime() -> String {
    var clock = WallClock()
    let stamp = String(decoding: clock.now(), as: UTF8.self)
    return String(stamp.dropLast().map { $0 == "T" ? " " : $0 }) + " +0000 UTC"
}
