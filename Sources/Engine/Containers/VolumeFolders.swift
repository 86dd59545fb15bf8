// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Linux

/// The folders that a Pod's volumes are: below the Pod's own, but for claims, which outlive it.
struct VolumeFolders: Sendable {
    private let pod: String
    private let directory: String
    private let claims: String
    /// Who owns the files: the containers' user; nil for the daemon's own.
    private let user: UInt32?

    /// Volumes with a limit are file systems of their own, which are taken away by this name.
    private static let limited = "limited."

    init(_ paths: LabPaths, _ key: ObjectKey, user: UInt32?) {
        pod = paths.pod(key.namespace, key.name)
        directory = "\(pod)/volumes"
        claims = paths.claims
        self.user = user
    }

    /// Where a volume's files are; nil for a kind that a lab does not have.
    func path(_ volume: PodVolume) -> String? {
        switch volume.source {
        case .empty(let limit): "\(directory)/\(limit == nil ? "" : VolumeFolders.limited)\(volume.name)"
        case .files: "\(directory)/\(volume.name)"
        case .host(let path): path
        case .claim(let key, let uid): "\(claims)/\(LabPaths.fitted("\(key.namespace).\(key.name).\(uid)"))"
        case .unsupported: nil
        }
    }

    /// Makes them, with what is in them.
    /// - Parameter token: makes a token of the Pod's ServiceAccount.
    func make(_ volumes: [PodVolume], token: () -> String) throws(KernelError) {
        guard !volumes.isEmpty else { return }
        for folder in [pod, directory] { try File.makeDirectory(folder) }
        for volume in volumes {
            guard let path = path(volume) else { continue }
            switch volume.source {
            case .empty(let limit): try makeEmpty(path, limit)
            case .files(let files): try FileTree(path, user: user).write(files, token: token)
            case .claim: try makeClaim(path)
            case .host, .unsupported: break
            }
        }
    }

    /// Takes away what is mounted below the Pod's folder, so that the folder can be removed.
    func unmount() {
        for name in File.names(in: directory) where name.hasPrefix(VolumeFolders.limited) {
            try? MountPoint.unmount("\(directory)/\(name)")
        }
    }

    private func makeEmpty(_ path: String, _ limit: Int?) throws(KernelError) {
        guard !File.exists(path) else { return }
        try File.makeDirectory(path)
        if let limit, limit > 0 { try MountPoint.mountTemporary(at: path, options: "size=\(limit),mode=777") }
        try File.setMode(path, 0o777)
    }

    private func makeClaim(_ path: String) throws(KernelError) {
        guard !File.exists(path) else { return }
        try File.makeDirectory(path)
        try File.setMode(path, 0o777)
    }
}
