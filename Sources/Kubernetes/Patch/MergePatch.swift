// SPDX-License-Identifier: Apache-2.0

/// The simplest of patches: an object over an object (RFC 7386), `application/merge-patch+json`.
enum MergePatch {
    /// Fields of the patch replace those of the target; null removes them; objects are merged field by field.
    static func apply(_ patch: Value, to target: inout Value) {
        guard case .object(let changes) = patch else {
            target = patch
            return
        }
        var fields = target.fields
        target = .null
        for (name, change) in changes {
            if change.isNull {
                fields[name] = nil
            } else {
                apply(change, to: &fields[name, default: .null])
            }
        }
        target = .object(fields)
    }
}
