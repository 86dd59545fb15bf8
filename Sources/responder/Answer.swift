// SPDX-License-Identifier: Apache-2.0

/// What is said in reply to a request, and what happens once it has been said.
struct Answer {
    /// What a request may ask for beside its answer.
    enum Effect {
        case none
        case setReadiness(Bool)
        case exit(Int32)
    }

    var status = 200
    var contentType = "text/plain; charset=utf-8"
    var body: [UInt8] = []
    var effect = Effect.none
    /// Where to go instead.
    var location: String?
    /// Header fields for a client that asks who answers, and as whom it is seen (`Lab-Tell`); empty for others.
    var told: [UInt8] = []
    /// The methods that the resource knows, said along with 405.
    var allow: String?

    init(_ status: Int = 200, _ text: String = "", effect: Effect = .none) {
        self.status = status
        self.body = Array(text.utf8)
        self.effect = effect
    }

    init(_ refusal: Refusal) {
        self.init(refusal.status, "\(refusal.status) \(reasonPhrase(refusal.status)): \(refusal.reason)\n")
    }

    /// What a client is told about its connection's life.
    enum Persistence {
        case unsaid
        case close
        case keepAlive
    }

    /// Says who answers, and whose address the server sees, beside whatever else is said.
    mutating func tell(_ identity: Identity, _ client: Endpoint) {
        told.append("\r\nLab-Pod: ")
        told.append(identity.pod)
        told.append("\r\nLab-Client: ")
        client.append(to: &told)
    }

    /// Whether the status lets an answer have a body (RFC 9110 section 6.4.1).
    var hasBody: Bool { status != 204 && status != 304 }

    /// Writes the whole answer, or its head alone in reply to HEAD.
    func write(to output: inout [UInt8], date: [UInt8], isHead: Bool, connection: Persistence) {
        output.append("HTTP/1.1 ")
        output.append(decimal: status)
        output.append(" ")
        output.append(reasonPhrase(status))
        output.append("\r\nDate: ")
        output += date
        if hasBody {
            output.append("\r\nContent-Type: ")
            output.append(contentType)
            output.append("\r\nContent-Length: ")
            output.append(decimal: body.count)
        }
        if let location {
            output.append("\r\nLocation: ")
            // A line end in it would begin a header field of the client's own making.
            output.append(String(location.filter { !$0.isNewline }))
        }
        if let allow {
            output.append("\r\nAllow: ")
            output.append(allow)
        }
        output += told
        switch connection {
        case .unsaid: break
        case .close: output.append("\r\nConnection: close")
        case .keepAlive: output.append("\r\nConnection: keep-alive")
        }
        output.append("\r\n\r\n")
        if hasBody, !isHead { output += body }
    }
}

/// The words that go with a status (RFC 9110 section 15).
func reasonPhrase(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 418: "I'm a teapot"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: status < 400 ? "OK" : "Error"
    }
}
