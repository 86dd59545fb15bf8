// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Synchronization

/// Writes what Pods' volumes hold, one at a time, and never what is older than what is there.
///
/// Several threads do a lab's work, and an object may change again before its last change has reached a Pod's files.
final class VolumeWriter: Sendable {
    /// By Pod and volume, the revision of the Store at which its content was found.
    private let written = Mutex<[ObjectKey: [String: UInt64]]>([:])

    /// Makes volumes, or puts what they hold now in the place of what they held.
    /// - Parameters:
    ///   - revision: the Store's when their content was found.
    ///   - token: makes a token of the Pod's ServiceAccount.
    func write(
        _ volumes: [PodVolume], of key: ObjectKey, at revision: UInt64, _ folders: VolumeFolders, token: () -> String
    ) throws(KernelError) {
        try written.withLock { written throws(KernelError) in
            let newer = volumes.filter { written[key]?[$0.name].map { $0 < revision } ?? true }
            try folders.make(newer, token: token)
            for volume in newer { written[key, default: [:]][volume.name] = revision }
        }
    }

    /// Takes a Pod's files away, with its volumes.
    func remove(_ key: ObjectKey, _ folders: VolumeFolders, _ directory: String) {
        written.withLock { $0[key] = nil }
        folders.unmount()
        File.removeTree(directory)
    }
}
