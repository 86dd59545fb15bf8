// SPDX-License-Identifier: Apache-2.0
internal import API
internal import NIOCore
internal import NIOHTTP1

/// Header fields on their way through the proxy.
/// The corresponding Go types are `httputil.ReverseProxy` and apimachinery's `proxy.Transport`.
enum ProxyHeaders {
    /// Fields about one connection only (RFC 9110, section 7.6.1). How a body is framed is for each side to say.
    private static let hopByHop = [
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Upgrade",
    ]

    /// The fields that the server gets: without the client's token, and with where the request comes from.
    static func request(
        _ head: HTTPRequestHead, _ proxy: API.Connection.Proxy, client: SocketAddress?
    ) -> HTTPHeaders {
        var headers = withoutHops(head.headers)
        headers.remove(name: "Authorization")
        headers.remove(name: "Expect")
        if !headers.contains(name: "Host") { headers.add(name: "Host", value: "localhost") }
        let before = head.headers["X-Forwarded-For"]
        if let address = client?.ipAddress {
            headers.replaceOrAdd(name: "X-Forwarded-For", value: (before + [address]).joined(separator: ", "))
        }
        if let host = head.headers.first(name: "Host") { headers.replaceOrAdd(name: "X-Forwarded-Host", value: host) }
        headers.replaceOrAdd(name: "X-Forwarded-Proto", value: "https")
        headers.replaceOrAdd(name: "X-Forwarded-Uri", value: RequestTarget(head.uri).path)
        headers.add(name: "Connection", value: "close")
        return headers
    }

    /// The fields that the client gets: a redirection within the server leads through the proxy again.
    static func response(_ headers: HTTPHeaders, _ proxy: API.Connection.Proxy) -> HTTPHeaders {
        var headers = withoutHops(headers)
        headers.remove(name: "Transfer-Encoding")
        if let location = headers.first(name: "Location"),
            let inside = LinkRewriting.inside(Array(location.utf8), prefix: proxy.prefix)
        {
            headers.replaceOrAdd(name: "Location", value: String(decoding: inside, as: UTF8.self))
        }
        return headers
    }

    private static func withoutHops(_ headers: HTTPHeaders) -> HTTPHeaders {
        var result = headers
        for name in headers[canonicalForm: "Connection"] + hopByHop.map({ $0[...] }) {
            result.remove(name: String(name))
        }
        return result
    }
}
