// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The three-way merge of `kubectl apply`: what the user wrote last time, what they write now, and what the cluster
/// has.
///
/// What the user writes is set; what they wrote last time and no longer write goes; the rest stays.
enum ApplyMerge {
    static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    static func merge(_ written: Object, lastWritten: Value?, onto current: Object) -> Object {
        written.merged(onto: current, lastWritten: lastWritten)
    }
}
