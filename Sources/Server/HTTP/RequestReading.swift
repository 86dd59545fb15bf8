// SPDX-License-Identifier: Apache-2.0
public import API
internal import Kubernetes
internal import NIOCore
internal import NIOHTTP1

extension Request {
    /// A request with the path and query of a target, as `/api/v1/pods?limit=1`.
    public init(_ method: Method, target text: String, headers: [String: String] = [:], body: [UInt8] = []) {
        let target = RequestTarget(text)
        self.init(method, target.path, query: target.parameters, headers: headers, body: body)
    }

    /// The request that came over HTTP.
    /// - Throws: what a client is told whose method no API has.
    init(_ head: HTTPRequestHead, body: ByteBuffer) throws(Status) {
        guard let method = Method(rawValue: head.method.rawValue) else {
            throw Status(.methodNotAllowed, "the server does not allow the method \(head.method.rawValue)")
        }
        let target = RequestTarget(head.uri)
        self.init(
            method, target.path, query: target.parameters, headers: Request.fields(head.headers),
            body: Array(body.readableBytesView))
    }

    /// Header fields by name in lower case, several of one name joined with commas.
    private static func fields(_ headers: HTTPHeaders) -> [String: String] {
        var fields: [String: String] = [:]
        for (name, value) in headers {
            fields[name.lowercased(), default: ""] += (fields[name.lowercased()] == nil ? "" : ", ") + value
        }
        return fields
    }
}

/// The target of a request line, taken apart.
struct RequestTarget {
    /// Percent-encoded, without the query.
    let path: String
    /// The query as it was sent; empty if there is none.
    let query: String

    /// The parts of a target, which may be a path or a whole URL (RFC 9112, section 3.2).
    init(_ target: String) {
        var rest = target[...]
        if !rest.hasPrefix("/"), let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            rest = rest[(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)...]
        }
        let end = rest.firstIndex(of: "?") ?? rest.endIndex
        path = end == rest.startIndex ? "/" : String(rest[..<end])
        query = end == rest.endIndex ? "" : String(rest[rest.index(after: end)...])
    }

    /// The query's parameters, decoded. As Go does, one that cannot be decoded is left out.
    var parameters: [Request.Parameter] {
        query.utf8.split(separator: UInt8(ascii: "&")).compactMap { part in
            guard !part.contains(UInt8(ascii: ";")) else { return nil }
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = halves.first.flatMap({ RequestTarget.decoded($0) }),
                let value = halves.count == 1 ? "" : RequestTarget.decoded(halves[1])
            else { return nil }
            return Request.Parameter(name, value)
        }
    }

    /// Text from its form in a query, where `+` is a blank; nil if it is not well formed.
    static func decoded(_ text: some Collection<UInt8>) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Whether the request goes on to a Pod, Service or node, so that its body is not the API's to read.
    ///
    /// `/api/v1/namespaces/NS/{pods|services}/NAME/proxy…` and `/api/v1/nodes/NAME/proxy…`
    var isProxied: Bool {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 7, omittingEmptySubsequences: true)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count >= 5, parts[0] == "api", parts[1] == "v1" else { return false }
        if parts[2] == "nodes" { return parts[4] == "proxy" }
        return parts.count >= 7 && parts[2] == "namespaces" && ["pods", "services"].contains(parts[4])
            && parts[6] == "proxy"
    }
}
