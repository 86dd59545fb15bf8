// SPDX-License-Identifier: Apache-2.0

/// A header of a request.
public struct HTTPHeader: Sendable, Hashable {
    /// The header's name.
    public let name: String
    /// Its value.
    public let value: String
}

/// A request that a probe or a lifecycle handler makes. The corresponding Go type is `HTTPGetAction`.
public struct HTTPGet: Sendable, Hashable {
    /// The path that is asked for.
    public let path: String
    /// The port, by number or name.
    public let port: PortReference
    /// The host to ask; empty for the Pod itself.
    public let host: String
    /// `HTTP` or `HTTPS`.
    public let scheme: String
    /// Headers to send beside the usual ones.
    public let headers: [HTTPHeader]

    init?(_ value: Value) {
        guard let port = PortReference(value["port"]) else { return nil }
        self.port = port
        let path = value["path"]?.string ?? ""
        self.path = path.isEmpty ? "/" : path
        host = value["host"]?.string ?? ""
        let scheme = value["scheme"]?.string ?? ""
        self.scheme = scheme.isEmpty ? "HTTP" : scheme
        headers = (value["httpHeaders"]?.elements ?? []).map {
            HTTPHeader(name: $0["name"]?.string ?? "", value: $0["value"]?.string ?? "")
        }
    }
}

/// A check of a container, made again and again. The corresponding Go type is `Probe`.
public struct Probe: Sendable, Hashable {
    /// What is checked.
    public enum Handler: Sendable, Hashable {
        case httpGet(HTTPGet)
        case tcpSocket(port: PortReference, host: String)
        case exec([String])
        case grpc(port: UInt16, service: String)
    }

    /// What is done to find out.
    public let handler: Handler
    /// Seconds from the container's start to the first check.
    public let initialDelaySeconds: Int
    /// Seconds from one check to the next.
    public let periodSeconds: Int
    /// Seconds after which a check without an answer has failed.
    public let timeoutSeconds: Int
    /// How many checks in a row must succeed after a failure.
    public let successThreshold: Int
    /// How many checks in a row must fail.
    public let failureThreshold: Int
    /// Overrides the Pod's grace period when this probe ends the container.
    public let terminationGracePeriodSeconds: Int?

    init?(_ value: Value?) {
        guard let value, let handler = Handler(value) else { return nil }
        self.handler = handler
        func number(_ field: String, _ missing: Int) -> Int {
            guard let number = value[field]?.int, number > 0 else { return missing }
            return number
        }
        initialDelaySeconds = number("initialDelaySeconds", 0)
        periodSeconds = number("periodSeconds", 10)
        timeoutSeconds = number("timeoutSeconds", 1)
        successThreshold = number("successThreshold", 1)
        failureThreshold = number("failureThreshold", 3)
        terminationGracePeriodSeconds = value["terminationGracePeriodSeconds"]?.int?.boundedSeconds
    }
}

extension Probe.Handler {
    init?(_ value: Value) {
        if let request = value["httpGet"], let get = HTTPGet(request) {
            self = .httpGet(get)
        } else if let socket = value["tcpSocket"], let port = PortReference(socket["port"]) {
            self = .tcpSocket(port: port, host: socket["host"]?.string ?? "")
        } else if let exec = value["exec"] {
            self = .exec(exec["command"]?.elements.compactMap(\.string) ?? [])
        } else if let grpc = value["grpc"], let port = grpc["port"]?.port {
            self = .grpc(port: port, service: grpc["service"]?.string ?? "")
        } else {
            return nil
        }
    }
}
