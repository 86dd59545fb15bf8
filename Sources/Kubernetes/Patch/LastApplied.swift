// SPDX-License-Identifier: Apache-2.0

/// What `kubectl apply` keeps in an annotation, so as to know the next time what it wrote the last time.
public enum LastApplied {
    /// The annotation's name.
    public static let annotation = "kubectl.kubernetes.io/last-applied-configuration"

    /// What an object says that was applied last; nil if it says nothing that can be read.
    public static func value(of live: Object) -> Value? {
        guard let text = live.value["metadata", "annotations", annotation]?.string else { return nil }
        return try? Value(json: Array(text.utf8))
    }

    /// The fields that were applied last and are still as they were applied; nil if the object does not say so.
    static func fields(of live: Object, _ shape: MergeShape) -> FieldSet? {
        guard let last = value(of: live), last["apiVersion"]?.string == live.apiVersion else { return nil }
        let change = FieldComparison(last, live.value, shape)
        return AppliedObject(last, shape).fields.subtracting(change.written).subtracting(change.removed)
    }

    /// Keeps the annotation of an object that has one up to date when kubectl applies on the server.
    static func renew(_ object: inout Object, _ applied: Object) {
        guard object.value["metadata", "annotations", annotation]?.string?.isEmpty == false else { return }
        var applied = applied
        if applied.value["metadata", "annotations", annotation] != nil {
            applied.value["metadata", "annotations", annotation] = nil
        }
        object.value["metadata", "annotations", annotation] = .string(applied.value.json() + "\n")
    }
}
