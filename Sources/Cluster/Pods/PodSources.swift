// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
public import Net

/// What a Pod's variables and volumes are made of: the Pod, where it is, and the objects that it names.
public struct PodSources {
    /// The Pod.
    public let pod: Pod
    /// The Pod's addresses, that of the primary family first.
    public let addresses: [Address]
    /// Its node's addresses, that of the primary family first.
    public let nodeAddresses: [Address]
    /// The object of a key; nil if there is none.
    let object: (ObjectKey) -> Object?
    /// The Services of a namespace, by name.
    let services: (_ namespace: String) -> [Object]

    /// The sources of one Pod, as the Store has them now.
    public init(_ pod: Pod, addresses: [Address], nodeAddresses: [Address], _ store: Store) {
        self.pod = pod
        self.addresses = addresses
        self.nodeAddresses = nodeAddresses
        object = { store[$0] }
        services = { store.objects("Service", namespace: $0) }
    }

    /// Why a container or a Pod cannot be started yet, in the kubelet's words: an object that it needs is not there.
    public struct Missing: Error, Sendable, Hashable, CustomStringConvertible {
        /// The sentence, as `configmap "game" not found`.
        public var description: String

        init(_ description: String) { self.description = description }
    }

    // MARK: ConfigMaps and Secrets

    /// A kind of object that holds values by name.
    enum Kind: String {
        case configMap = "ConfigMap"
        case secret = "Secret"

        var lowercased: String { self == .configMap ? "configmap" : "secret" }
    }

    /// The key of an object of the Pod's namespace.
    func key(_ kind: Kind, _ name: String) -> ObjectKey { ObjectKey(kind.rawValue, pod.namespace, name) }

    /// The values of an object by name; nil if there is no such object.
    func values(_ kind: Kind, _ name: String) -> [String: [UInt8]]? {
        guard let object = object(key(kind, name)) else { return nil }
        let data = object.value["data"]?.strings ?? [:]
        switch kind {
        case .configMap:
            let binary = object.value["binaryData"]?.strings.compactMapValues(Base64.bytes(of:)) ?? [:]
            return data.mapValues { Array($0.utf8) }.merging(binary) { $1 }
        case .secret:
            return data.compactMapValues(Base64.bytes(of:))
        }
    }

    /// As `values`, but missing objects are an error if they must be there.
    func values(_ kind: Kind, _ name: String, isOptional: Bool) throws(Missing) -> [String: [UInt8]]? {
        if let values = values(kind, name) { return values }
        guard isOptional else { throw Missing("\(kind.lowercased) \"\(name)\" not found") }
        return nil
    }
}
