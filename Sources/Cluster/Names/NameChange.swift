// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// That something with a name changed: a Service, an EndpointSlice or a namespace. `NameZone.apply` takes it in.
///
/// It shares what the Store and the controllers hold, so that making one costs next to nothing.
public struct NameChange: Sendable {
    enum Subject: Sendable {
        /// A Service as it is now; nil if it is gone.
        case service(ObjectKey, Object?)
        /// An EndpointSlice as it is now; nil if it is gone or belongs to no Service.
        case slice(ObjectKey, SliceFacts?)
        /// Whether a namespace is there.
        case namespace(String, Bool)
    }

    let subject: Subject

    init(_ subject: Subject) { self.subject = subject }

    /// What a write of an object means for names; nil for kinds that have none.
    /// - Parameter object: as it is now; nil if it is gone.
    public init?(_ key: ObjectKey, _ object: Object?) {
        switch key.kind {
        case "Service": subject = .service(key, object)
        case "EndpointSlice": subject = .slice(key, object.flatMap { SliceFacts($0) })
        case "Namespace": subject = .namespace(key.name, object != nil)
        default: return nil
        }
    }
}

extension Cluster {
    /// All that there is of names, for a zone that knows nothing yet.
    public var names: [NameChange] {
        store.keys("Namespace").map { NameChange(.namespace($0.name, true)) }
            + store.keys("Service").map { NameChange(.service($0, store[$0])) }
            + store.keys("EndpointSlice").map { NameChange(.slice($0, index.slices[$0])) }
    }
}
