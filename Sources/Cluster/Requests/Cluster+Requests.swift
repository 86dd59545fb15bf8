// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// The writes of the Kubernetes API, each all or nothing. Whoever calls them settles the cluster afterwards.
///
/// What is refused is refused with the status that a real API server gives.
extension Cluster {
    /// Adds an object: `POST` on a collection. `generateName` gets its five letters here.
    public mutating func create(
        _ object: Object, _ options: WriteOptions, now: Timestamp
    ) throws(Status) -> Written {
        throw Status(.internalError, "not written yet")
    }

    /// Writes an object over the one that is there: `PUT`, and the end of every `PATCH`.
    ///
    /// A `metadata.resourceVersion` that is given must be the current one. With a subresource, only that part counts.
    public mutating func replace(
        _ key: ObjectKey, _ object: Object, _ subresource: Subresource? = nil, _ options: WriteOptions, now: Timestamp
    ) throws(Status) -> Written {
        throw Status(.internalError, "not written yet")
    }

    /// Deletes an object, or begins to: `DELETE`.
    public mutating func delete(
        _ key: ObjectKey, _ options: DeleteOptions, now: Timestamp
    ) throws(Status) -> Deletion {
        throw Status(.internalError, "not written yet")
    }
}
