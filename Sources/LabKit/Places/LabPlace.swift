// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux

/// Somewhere in a lab: requests begin here, and programs run here.
public struct LabPlace: Sendable {
    let lab: Lab
    /// Which place.
    public let location: Location

    /// One HTTP request, as curl makes it, over a connection of its own. Names are resolved as a program here would.
    ///
    /// However it ends, there is a reply: its `outcome` says how. Only what cannot be asked throws: a URL that is none,
    /// a place that is not there.
    /// - Parameters:
    ///   - url: `http://hello:8080/`, `https://kubernetes.default/`, with or without `http://`.
    ///   - timeout: after how long it has failed.
    public func curl(_ url: String, method: String = "GET", timeout: Duration = .seconds(2)) async throws -> Reply {
        var request = WebRequest(from: location, url: url.contains("://") ? url : "http://\(url)")
        request.method = method
        request.timeout = timeout
        guard let reply = try await self.request(request).first else { throw LabFailure("\(url): nothing was asked") }
        return reply
    }

    /// The body of the reply to one GET request; throws unless its status is 200 to 299.
    public func get(_ url: String) async throws -> String {
        let reply = try await curl(url)
        guard reply.outcome == .delivered, let status = reply.status, (200..<300).contains(status) else {
            let status = reply.status.map { ", status \($0)" } ?? ""
            throw LabFailure("\(url) from \(location): \(reply.outcome)\(status) \(reply.detail)")
        }
        return reply.body
    }

    /// HTTP requests, as many and as fast as they are described; they begin here, whatever the description says.
    public func request(_ request: WebRequest) async throws -> [Reply] {
        var request = request
        request.from = location
        return try await lab.send(request)
    }

    /// As many GET requests, each over a connection of its own.
    public func curl(_ url: String, count: Int, concurrency: Int = 1) async throws -> [Reply] {
        var request = WebRequest(from: location, url: url.contains("://") ? url : "http://\(url)")
        request.pace = Pace(count: count, concurrency: concurrency)
        return try await self.request(request)
    }

    /// Datagrams to `name:port`, each of which an answer is waited for.
    /// - Parameter keepsPort: whether all come from one port: one flow.
    public func udp(
        _ to: String, payload: String = "hostname", count: Int = 1, keepsPort: Bool = false
    ) async throws -> [Reply] {
        var datagrams = Datagrams(from: location, to: to)
        datagrams.payload = payload
        datagrams.pace = Pace(count: count)
        datagrams.sourcePort = keepsPort ? .keep : .new
        return try await lab.send(datagrams)
    }

    /// Asks the name servers of this place, with its search list.
    public func resolve(_ name: String, _ type: String = "A") async throws -> LookupReply {
        var lookup = Lookup(from: location, name: name)
        lookup.type = type
        guard let reply = try await lab.send(lookup).first else { throw LabFailure("\(name): nothing was asked") }
        return reply
    }

    /// Runs a program here to its end: in a Pod as the Pod's own, elsewhere with this program's rights.
    /// - Parameter timeout: after how long it is killed.
    public func run(
        _ command: [String], input: String = "", timeout: Duration = .seconds(60)
    ) async throws -> Observation.Execution {
        try await lab.run(ProgramCall(location, command, input: input, timeout: timeout))
    }
}

extension Lab {
    /// The machine itself, or what stands for it in an isolated lab.
    public var host: LabPlace { place(.host) }
    /// The router between the nodes and the outside.
    public var edge: LabPlace { place(.edge) }
    /// A node.
    public func node(_ name: String) -> LabPlace { place(.node(name)) }
    /// A system beyond the edge, of the Lab document's `spec.external`.
    public func outside(_ name: String) -> LabPlace { place(.outside(name)) }
    /// A Pod.
    public func pod(_ name: String, namespace: String = "default") -> LabPlace {
        place(.pod(name, namespace: namespace))
    }
    /// The first ready Pod that a selector chooses, as `app=web`, at the moment of each request.
    public func pod(selector: String, namespace: String = "default") throws -> LabPlace {
        place(.selected(try LabelSelector(text: selector), namespace: namespace))
    }
    /// Any place.
    public func place(_ location: Location) -> LabPlace { LabPlace(lab: self, location: location) }
}
