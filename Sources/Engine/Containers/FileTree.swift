// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Linux

/// A folder whose files all change at one moment: they are links through `..data`, which is a link to the folder of the
/// present ones. The corresponding Go type is the kubelet's `AtomicWriter`.
struct FileTree: Sendable {
    private let folder: String
    private let user: UInt32?

    /// The tree in a folder, which need not be there.
    init(_ folder: String, user: UInt32?) {
        self.folder = folder
        self.user = user
    }

    private static let data = "..data"

    /// Puts these files in the place of those that are there.
    func write(_ files: [PodVolume.File], token: () -> String) throws(KernelError) {
        try File.makeDirectory(folder)
        let old = File.target(of: "\(folder)/\(FileTree.data)")
        let number = old.flatMap { Int($0.dropFirst(2)) } ?? 0
        let new = "..\(number + 1)"
        File.removeTree("\(folder)/\(new)")
        try File.makeDirectory("\(folder)/\(new)")
        for file in files { try write(file, in: "\(folder)/\(new)", token: token) }
        try File.link("\(folder)/..next", to: new)
        try File.rename("\(folder)/..next", to: "\(folder)/\(FileTree.data)")
        try linkNames(files)
        if let old { File.removeTree("\(folder)/\(old)") }
    }

    private func write(_ file: PodVolume.File, in folder: String, token: () -> String) throws(KernelError) {
        let parts = file.path.split(separator: "/")
        // A path that leads out of the volume is no file of it; the API refuses it, too.
        guard let name = parts.last, !parts.contains("..") else { return }
        var place = folder
        for part in parts.dropLast() {
            place += "/\(part)"
            try File.makeDirectory(place)
        }
        let path = "\(place)/\(name)"
        switch file.content {
        case .bytes(let bytes): try File.write(path, bytes: bytes, mode: 0o600)
        case .token: try File.write(path, token(), mode: 0o600)
        }
        try File.setMode(path, file.mode)
        if let user { try File.setOwner(path, user: user, group: user) }
    }

    /// One link for the first part of each path; those of files that went go, too.
    private func linkNames(_ files: [PodVolume.File]) throws(KernelError) {
        let names = Set(files.compactMap { $0.path.split(separator: "/").first.map(String.init) })
        let present = Set(File.names(in: folder).filter { !$0.hasPrefix("..") })
        for name in present.subtracting(names) { try File.remove("\(folder)/\(name)") }
        for name in names.subtracting(present).sorted() where name != ".." {
            try File.link("\(folder)/\(name)", to: "\(FileTree.data)/\(name)")
        }
    }
}
