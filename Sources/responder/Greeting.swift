// SPDX-License-Identifier: Apache-2.0

/// The answer to `GET /`: text for a terminal, a page for a browser, JSON for a program.
func greeting(_ request: Request, from client: Endpoint, identity: Identity) -> Answer {
    var address: [UInt8] = []
    client.append(to: &address)
    let host = Array(request.value(of: "host") ?? [])
    var answer = Answer()
    switch preferredForm(request) {
    case .text: answer.body.append("Hello from \(identity.title)!\n")
    case .page:
        answer.contentType = "text/html; charset=utf-8"
        answer.body = page(identity, client: address, host: host)
    case .json:
        answer.contentType = "application/json"
        answer.body = json(identity, client: address, host: host)
    }
    return answer
}

private enum Form { case text, page, json }

/// The first form that the Accept header names, weights aside: browsers, programs and terminals all put theirs first.
private func preferredForm(_ request: Request) -> Form {
    for choice in (request.value(of: "accept") ?? []).split(separator: UInt8(ascii: ",")) {
        let type = choice.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != 0x20 && $0 != 0x09 }
        if type.matches("text/html") { return .page }
        if type.matches("application/json") { return .json }
        if type.matches("text/plain") || type.matches("*/*") { return .text }
    }
    return .text
}

private func facts(_ identity: Identity, client: [UInt8], host: [UInt8]) -> [(String, [UInt8])] {
    [
        ("pod", Array(identity.pod.utf8)), ("node", Array(identity.node.utf8)),
        ("namespace", Array(identity.namespace.utf8)), ("client", client), ("host", host),
    ]
}

private func json(_ identity: Identity, client: [UInt8], host: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    for (name, value) in facts(identity, client: client, host: host) {
        text.append(text.isEmpty ? "{" : ",")
        text.append("\"\(name)\":")
        text.append(json: value)
    }
    text.append("}\n")
    return text
}

private func page(_ identity: Identity, client: [UInt8], host: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.append("<!doctype html><html lang=en><meta charset=utf-8><meta name=color-scheme content=\"light dark\">")
    text.append("<meta name=viewport content=\"width=device-width\"><title>")
    text.append(html: identity.pod.utf8)
    text.append("</title><style>body{font:1.1rem/1.6 system-ui;max-width:34rem;margin:15vh auto;padding:0 1rem}")
    text.append("h1{font-weight:600;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:7rem 1fr}")
    text.append("dt{opacity:.6}dd{margin:0;font-family:ui-monospace,monospace;overflow-wrap:anywhere}</style>")
    text.append("<h1>Hello from ")
    text.append(html: identity.title.utf8)
    text.append("!</h1><dl>")
    for (name, value) in facts(identity, client: client, host: host) {
        text.append("<dt>\(name)<dd>")
        text.append(html: value)
    }
    text.append("</dl>\n")
    return text
}
