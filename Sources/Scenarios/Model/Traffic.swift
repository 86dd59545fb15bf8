// SPDX-License-Identifier: Apache-2.0

/// What is sent, in the foreground or in the background.
public enum Traffic: Sendable, Equatable {
    case request(WebRequest)
    case udp(Datagrams)
    case dns(Lookup)

    /// From where.
    public var from: Location {
        switch self {
        case .request(let request): request.from
        case .udp(let datagrams): datagrams.from
        case .dns(let lookup): lookup.from
        }
    }
}

/// How many times something is sent, and how fast.
public struct Pace: Sendable, Equatable {
    /// `count`; nil where a duration or the end of the background traffic ends it.
    public var count: Int?
    /// `concurrency`: how many are under way at most.
    public var concurrency: Int
    /// `rate`: how many begin in a second; nil for each as soon as there is room.
    public var rate: Double?
    /// `duration`: how long new ones begin.
    public var duration: Duration?

    /// Puts one together from its parts.
    public init(count: Int? = 1, concurrency: Int = 1, rate: Double? = nil, duration: Duration? = nil) {
        self.count = count
        self.concurrency = concurrency
        self.rate = rate
        self.duration = duration
    }
}

/// HTTP requests from one place: an action, a check's own, or background traffic.
public struct WebRequest: Sendable, Equatable {
    /// Whether each request has a connection of its own.
    public enum Connections: String, Sendable, Hashable, CaseIterable {
        case new
        case keepAlive
    }

    /// From where.
    public var from: Location
    /// Where to: `http://web.shop:80/path`, with `${…}` substitutions.
    public var url: String
    /// `GET`, `POST`, ….
    public var method = "GET"
    /// Header fields, with substitutions.
    public var headers: [String: String] = [:]
    /// The body, with substitutions; empty for none.
    public var body = ""
    /// How many, and how fast.
    public var pace = Pace()
    /// Whether each request has a connection of its own.
    public var connections = Connections.new
    /// After how long a request has failed.
    public var timeout: Duration = .seconds(2)
    /// The client's port; nil for any.
    public var sourcePort: UInt16?
    /// Whether redirects are followed.
    public var follows = false
    /// `insecure`: true for a certificate that may be anybody's.
    public var insecure = false
    /// The name that TLS asks for and checks; nil for the URL's host.
    public var serverName: String?

    /// A request with nothing but the defaults.
    public init(from: Location, url: String) {
        self.from = from
        self.url = url
    }
}

/// UDP datagrams from one place, each of which a reply is expected to.
public struct Datagrams: Sendable, Equatable {
    /// From where.
    public var from: Location
    /// Where to: `name:port`, with substitutions.
    public var to: String
    /// What is sent.
    public var payload = "hello"
    /// How many, and how fast.
    public var pace = Pace()
    /// `sourcePort`.
    public var sourcePort = SourcePort.new
    /// After how long a datagram has failed.
    public var timeout: Duration = .seconds(2)

    /// From which port datagrams come.
    public enum SourcePort: Sendable, Equatable {
        /// Each from another: a new flow.
        case new
        /// All from one: `keep`.
        case keep
        /// All from this one.
        case number(UInt16)
    }

    /// Datagrams with nothing but the defaults.
    public init(from: Location, to: String) {
        self.from = from
        self.to = to
    }
}

/// Questions to name servers from one place.
public struct Lookup: Sendable, Equatable {
    /// From where.
    public var from: Location
    /// The name as a program there would say it: the place's search list applies.
    public var name: String
    /// The type of record, as `A`.
    public var type = "A"
    /// Who is asked; nil for the place's own servers.
    public var server: String?
    /// How many, and how fast.
    public var pace = Pace()
    /// After how long a question has failed.
    public var timeout: Duration = .seconds(2)

    /// A question with nothing but the defaults.
    public init(from: Location, name: String) {
        self.from = from
        self.name = name
    }
}
