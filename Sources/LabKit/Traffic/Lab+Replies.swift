// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux
internal import Net

extension Lab {
    /// What an exchange says to whoever checks it.
    func reply(_ exchange: ClientExchange) -> Reply {
        let (outcome, detail) = exchange.end.outcome
        var reply = Reply(
            outcome, began: moment(exchange.started), latency: .microseconds(Int64(exchange.milliseconds * 1000)))
        reply.detail = detail
        reply.target = exchange.server
        reply.client = exchange.client
        guard case .answered(let answer) = exchange.end else { return reply }
        reply.body = String(decoding: answer.body, as: UTF8.self)
        if answer.status > 0 { reply.status = answer.status }
        for field in answer.fields {
            let name = field.name.lowercased()
            switch name {
            case "lab-pod": reply.answeredBy = field.value
            case "lab-client": reply.seenSource = Lab.client(in: field.value)
            default: reply.headers[name] = field.value
            }
        }
        if reply.answeredBy == nil { Lab.readTeller(&reply) }
        return reply
    }

    /// What servers other than the lab's responder tell of themselves in their answers.
    private static func readTeller(_ reply: inout Reply) {
        let text = reply.body.prefix(4096)
        if let value = try? Value(json: Array(reply.body.utf8)), let pod = value["pod"]?.string {
            reply.answeredBy = pod
            reply.seenSource = value["client"]?.string.flatMap(client(in:))
            return
        }
        let line = (text.split(whereSeparator: \.isNewline).first ?? "").trimmingBlanks
        if let greeted = line.split(separator: "Hello from Pod ").last, line.hasPrefix("Hello from Pod ") {
            reply.answeredBy = String(greeted.prefix { $0 != "!" && $0 != " " })
        } else if let client = client(in: line), line.contains(where: { $0 == ":" || $0 == "." }) {
            reply.seenSource = client
        } else if isName(line), reply.body.utf8.count <= 254 {
            // agnhost's servers, and UDP: the host name and nothing else.
            reply.answeredBy = String(line)
        }
    }

    private static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.count <= 253
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46 }
    }

    /// The address of `10.0.0.1:40000`, `[fd00::1]:40000`, or an address alone.
    private static func client(in text: some StringProtocol) -> Address? {
        if let address = Address(String(text)) { return address }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        return Address(String(text[..<colon].filter { $0 != "[" && $0 != "]" }))
    }
}

extension StringProtocol {
    /// The text without blanks at its ends.
    fileprivate var trimmingBlanks: String {
        let words = split(separator: " ", omittingEmptySubsequences: true)
        return words.joined(separator: " ")
    }
}
