// SPDX-License-Identifier: Apache-2.0
public import Cluster
public import Kubernetes

/// The Kubernetes API as a function: a request and a cluster give a response and, for writes, a changed cluster.
///
/// Nothing here does input or output: `Server` brings the requests, `Engine` settles the cluster after each.
public struct KubernetesAPI: Sendable {
    /// The API of a cluster.
    public init() {}

    /// Answers one request.
    public func respond(to request: Request, _ cluster: inout Cluster, now: Timestamp) -> Response {
        .answer(Answer(Status(.notFound, "the server could not find the requested resource")))
    }
}

/// Which objects a list or watch is about.
public struct ObjectFilter: Sendable {}

/// In which form objects are asked for.
public enum ObjectForm: Sendable, Hashable {
    /// Whole.
    case whole
    /// `as=PartialObjectMetadata` (for lists, `PartialObjectMetadataList`).
    case metadata
    /// `as=Table`, with each row's object whole, as metadata only, or absent (`includeObject`).
    case table(TableObject)

    /// The values of the query parameter `includeObject`.
    public enum TableObject: String, Sendable, Hashable {
        case none = "None"
        case metadata = "Metadata"
        case whole = "Object"
    }
}
