// SPDX-License-Identifier: Apache-2.0
public import Net

/// One probe of a container, as a kubelet makes it. An HTTPS probe is the caller's to turn into another kind.
public struct ProbeRequest: Sendable {
    /// What makes the probe succeed.
    public enum Kind: Sendable, Hashable {
        /// The connection is taken. The corresponding Kubernetes field is `tcpSocket`.
        case tcp
        /// The answer's status is 200 to 399. The corresponding Kubernetes field is `httpGet`.
        case http(path: String = "/", host: String? = nil, headers: [Header] = [])
    }

    /// A header line of the request; one that the prober sends itself is replaced.
    public struct Header: Sendable, Hashable {
        /// As it is sent, as `X-Probe`.
        public var name: String
        /// As it is sent.
        public var value: String

        /// A line `name: value`.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Where the probe comes from: the node's namespace.
    public var namespace: NetworkNamespace
    /// Where it goes: the Pod's address and the container's port.
    public var destination: SocketAddress
    /// What makes it succeed.
    public var kind: Kind
    /// How long it may take altogether, in milliseconds.
    public var timeout: Int

    /// A probe that may take so many milliseconds.
    public init(_ kind: Kind, to destination: SocketAddress, from namespace: NetworkNamespace, timeout: Int = 1000) {
        self.namespace = namespace
        self.destination = destination
        self.kind = kind
        self.timeout = timeout
    }
}

/// How a probe ended.
public enum ProbeOutcome: Sendable, Hashable {
    /// The container is well.
    case success
    /// The reason in a kubelet's words: `HTTP probe failed with statuscode: 500`.
    case failure(String)
}

extension ProbeRequest {
    /// The request's address as a URL, as a kubelet names it in its errors.
    var url: String {
        guard case .http(let path, _, _) = kind else { return "" }
        return "http://\(destination)\(path.hasPrefix("/") ? "" : "/")\(path)"
    }

    /// What is sent, in whole; empty for a TCP probe.
    var text: String {
        guard case .http(let path, let host, let headers) = kind else { return "" }
        var lines = [
            Header("Host", host ?? "\(destination)"), Header("User-Agent", "kube-probe/lab"), Header("Accept", "*/*"),
        ]
        lines.removeAll { line in headers.contains { $0.name.lowercased() == line.name.lowercased() } }
        lines += headers.filter { $0.name.lowercased() != "connection" }
        let target = (path.hasPrefix("/") ? "" : "/") + path
        let head = ["GET \(target) HTTP/1.1"] + lines.map { "\($0.name): \($0.value)" } + ["Connection: close"]
        // A line end inside a field would begin a line of its own.
        return head.map { String($0.map { $0.isNewline ? " " : $0 }) }.joined(separator: "\r\n") + "\r\n\r\n"
    }
}
