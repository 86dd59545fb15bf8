// SPDX-License-Identifier: Apache-2.0

/// A request to a plain HTTP server, as far as its answers depend on it.
public struct PlainRequest: Sendable, Hashable {
    /// `GET`, as a rule.
    public var method: String
    /// The path, without what a `?` begins.
    public var path: String

    /// Puts one together from its parts.
    public init(method: String = "GET", path: String) {
        self.method = method
        self.path = path
    }
}

/// An answer of a plain HTTP server.
public struct PlainAnswer: Sendable, Hashable {
    /// A header field.
    public struct Header: Sendable, Hashable {
        /// As it is sent.
        public var name: String
        /// As it is sent.
        public var value: String

        /// A line `name: value`.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The status.
    public var status: Int
    /// The fields, in the order in which they are sent; `Date` and `Content-Length` come after them.
    public var headers: [Header]
    /// The body.
    public var body: String

    /// Puts one together from its parts. No browser is to guess another type: `X-Content-Type-Options: nosniff`.
    public init(_ status: Int, type: String, _ body: String, more: [Header] = []) {
        self.status = status
        headers = [Header("Content-Type", type), Header("X-Content-Type-Options", "nosniff")] + more
        self.body = body
    }

    /// Puts one together from exactly these parts.
    public init(status: Int, headers: [Header], body: String) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A text.
    public static func text(_ body: String, status: Int = 200) -> PlainAnswer {
        PlainAnswer(status, type: "text/plain; charset=utf-8", body)
    }

    /// What programs written in Go say where there is nothing.
    public static let notFound = text("404 page not found\n", status: 404)
}
