// SPDX-License-Identifier: Apache-2.0

/// The parts of a URL: `http://web.shop:8080/path?query`.
struct WebAddress: Sendable, Hashable {
    /// True for `https`.
    var isSecure: Bool
    /// A name or an address, without brackets.
    var host: String
    /// The port as it is written, a number or the name of a Service's port; nil for the scheme's own.
    var portText: String?
    /// Path and query, from the slash on.
    var target: String

    /// Takes a URL apart.
    init(_ text: String) throws(LabFailure) {
        guard let scheme = text.firstRange(of: "://") else {
            throw LabFailure("\"\(text)\" is no URL: it begins with http:// or https://")
        }
        switch text[..<scheme.lowerBound].lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: throw LabFailure("\"\(text)\": only http:// and https:// are spoken here")
        }
        let rest = text[scheme.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest[authority.endIndex...]
        target = path.hasPrefix("/") ? String(path) : "/\(path)"
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let parts = try WebAddress.hostAndPort(place, in: text)
        (host, portText) = parts
    }

    /// `name`, `name:80`, `10.0.0.1:80`, `[fd00::1]:80`.
    static func hostAndPort(
        _ place: Substring, in text: String
    ) throws(LabFailure) -> (host: String, port: String?) {
        var host = place
        var port: Substring?
        if place.first == "[", let end = place.firstIndex(of: "]") {
            host = place[place.index(after: place.startIndex)..<end]
            let after = place[place.index(after: end)...]
            guard after.isEmpty || after.first == ":" else { throw LabFailure("\"\(text)\": what is \"\(after)\"?") }
            if !after.isEmpty { port = after.dropFirst() }
        } else if let colon = place.lastIndex(of: ":"), place.firstIndex(of: ":") == colon {
            host = place[..<colon]
            port = place[place.index(after: colon)...]
        }
        guard !host.isEmpty else { throw LabFailure("\"\(text)\" names no host") }
        guard let port, !port.isEmpty else { return (String(host), nil) }
        let isName = port.contains { $0.isLetter }
        guard isName || UInt16(port).map({ $0 > 0 }) == true else {
            throw LabFailure(
                "\"\(text)\": a port is a number from 1 to 65535 or a Service port's name, not \"\(port)\"")
        }
        return (String(host), String(port))
    }

    /// What the field `Host` says.
    func hostField(_ port: UInt16) -> String {
        let host = host.contains(":") ? "[\(host)]" : host
        return portText == nil ? host : "\(host):\(port)"
    }
}
