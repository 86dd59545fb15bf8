// SPDX-License-Identifier: Apache-2.0

/// Who this process stands for.
struct Identity {
    var pod: String
    var node: String
    var namespace: String
    /// What greetings call it: `Pod web-1`.
    var title: String

    /// From `LAB_POD`, `LAB_NODE`, `LAB_NAMESPACE` and `LAB_TITLE`; a process without them goes by its host name.
    init() {
        pod = environmentValue("LAB_POD") ?? hostName()
        node = environmentValue("LAB_NODE") ?? ""
        namespace = environmentValue("LAB_NAMESPACE") ?? ""
        title = environmentValue("LAB_TITLE") ?? "Pod \(pod)"
    }
}

/// What the answers depend on beside the request.
struct Circumstances {
    var identity: Identity
    var isReady = true
    var isShuttingDown = false
    var role = Role.responder
    /// A folder whose files are answers.
    var files: String?
    /// Whether there is no other answer.
    var isOnlyFiles = false
    /// Whether a UDP port is served, too.
    var hasDatagrams = false
    /// The port that the request came to.
    var port: UInt16 = 0
}

/// The answer to a request: a function of what was asked, by whom, and in which circumstances.
func answer(_ request: Request, from client: Endpoint, in circumstances: Circumstances) -> Answer {
    guard ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(where: request.isMethod) else {
        var refused = Answer(Refusal(405, "a method of HTTP that is not for this server"))
        refused.allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        return refused
    }
    if let files = circumstances.files, let found = fileAnswer(request, below: files) { return found }
    if circumstances.isOnlyFiles { return Answer(404, "404 page not found\n") }
    if let found = roleAnswer(request, from: client, in: circumstances) { return found }
    let query = request.head[request.query]
    switch String(decoding: request.head[request.path], as: UTF8.self) {
    case "/", "", "*": return greeting(request, from: client, identity: circumstances.identity)
    case "/hostname": return Answer(200, hostName() + "\n")
    case "/clientip":
        var found = Answer()
        client.append(to: &found.body)
        found.body.append(0x0a)
        return found
    case "/healthz": return Answer(200, "ok\n")
    case "/readyz": return readiness(query, circumstances)
    case "/echo": return echo(query)
    case "/header": return header(query, of: request)
    case "/env": return Answer(200, environmentEntries().sorted().map { $0 + "\n" }.joined())
    case "/shutdown": return Answer(200, "shutting down\n", effect: .exit(0))
    case "/exit": return exit(query)
    default:
        return Answer(Refusal(404, "nothing is here; try / /hostname /clientip /healthz /readyz /echo /header /env"))
    }
}

private func readiness(_ query: ArraySlice<UInt8>, _ circumstances: Circumstances) -> Answer {
    switch queryValue("set", in: query).map({ String(decoding: $0, as: UTF8.self) }) {
    case "true": return Answer(200, "ready from now on\n", effect: .setReadiness(true))
    case "false": return Answer(200, "not ready from now on\n", effect: .setReadiness(false))
    case .some: return Answer(Refusal(400, "set is true or false"))
    case nil: break
    }
    if circumstances.isShuttingDown { return Answer(503, "shutting down\n") }
    return circumstances.isReady ? Answer(200, "ok\n") : Answer(503, "not ready\n")
}

private func echo(_ query: ArraySlice<UInt8>) -> Answer {
    var echoed = Answer()
    if let code = queryValue("code", in: query) {
        guard let status = Int(String(decoding: code, as: UTF8.self)), 200...599 ~= status else {
            return Answer(Refusal(400, "code is a status from 200 to 599"))
        }
        echoed.status = status
    }
    echoed.body = queryValue("msg", in: query) ?? []
    return echoed
}

private func header(_ query: ArraySlice<UInt8>, of request: Request) -> Answer {
    var found = Answer()
    if let key = queryValue("key", in: query) {
        guard let value = request.value(of: String(decoding: key, as: UTF8.self)) else {
            return Answer(Refusal(404, "the request has no such header"))
        }
        found.body = value + [0x0a]
        return found
    }
    for field in request.fields {
        found.body += request.head[field.name]
        found.body.append(": ")
        found.body += request.head[field.value]
        found.body.append(0x0a)
    }
    return found
}

private func exit(_ query: ArraySlice<UInt8>) -> Answer {
    let text = queryValue("code", in: query).map { String(decoding: $0, as: UTF8.self) } ?? "0"
    guard let code = Int32(text), 0...255 ~= code else { return Answer(Refusal(400, "code is a number from 0 to 255")) }
    return Answer(200, "exiting with code \(code)\n", effect: .exit(code))
}
