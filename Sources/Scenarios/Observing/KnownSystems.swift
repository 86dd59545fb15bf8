// SPDX-License-Identifier: Apache-2.0
public import Net

/// Who is in the lab at the moment of a check: whom names and addresses stand for.
public struct KnownSystems: Sendable, Equatable {
    /// One Pod.
    public struct Pod: Sendable, Equatable {
        /// `metadata.name`.
        public var name: String
        /// `metadata.namespace`.
        public var namespace: String
        /// `metadata.labels`.
        public var labels: [String: String]
        /// `status.podIPs`.
        public var addresses: [Address]
        /// Whether it is ready and stays.
        public var isReady: Bool

        /// Puts one together from its parts.
        public init(
            _ name: String, namespace: String = "default", labels: [String: String] = [:], addresses: [Address] = [],
            isReady: Bool = true
        ) {
            self.name = name
            self.namespace = namespace
            self.labels = labels
            self.addresses = addresses
            self.isReady = isReady
        }
    }

    /// The Pods, those that are going too.
    public var pods: [Pod]
    /// The addresses of each node, by its name.
    public var nodes: [String: [Address]]
    /// The addresses of the others: `host`, `edge`, `outside/NAME`.
    public var others: [String: [Address]]

    /// Puts one together from its parts.
    public init(pods: [Pod] = [], nodes: [String: [Address]] = [:], others: [String: [Address]] = [:]) {
        self.pods = pods
        self.nodes = nodes
        self.others = others
    }
}
