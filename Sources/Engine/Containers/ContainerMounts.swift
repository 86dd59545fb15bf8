// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Linux

/// What is mounted into one container from its Pod's volumes.
struct ContainerMounts: Sendable {
    /// The mounts, outer ones first.
    private(set) var binds: [ProcessMount] = []
    /// What the machine lacks for them to be mounted over.
    private(set) var entries: Set<RootEntry> = []
    /// Parts of volumes, open as long as they are to be mounted.
    private var parts: [SharedDescriptor] = []

    /// The mounts of a container, with those parts of volumes made that are not there.
    init(
        _ container: Container, _ volumes: [PodVolume], _ folders: VolumeFolders, _ environment: Environment
    ) throws(KernelError) {
        let mounts = (container.value["volumeMounts"]?.elements ?? []).map { ($0, $0["mountPath"]?.string ?? "") }
        for (mount, path) in mounts.sorted(by: { $0.1.utf8.count < $1.1.utf8.count }) {
            guard path.hasPrefix("/"), path != "/", !path.split(separator: "/").contains(".."),
                let volume = volumes.first(where: { $0.name == mount["name"]?.string }),
                let folder = folders.path(volume)
            else { continue }
            let part = mount["subPathExpr"]?.string.map(environment.expand) ?? mount["subPath"]?.string ?? ""
            let source = try part.isEmpty ? folder : self.part(part, of: folder, volume)
            binds.append(.bind(source, at: path, readOnly: ContainerMounts.isReadOnly(mount, volume)))
            if let entry = RootEntry.missing(at: path, isFile: !File.isDirectory(source)) { entries.insert(entry) }
        }
    }

    /// A part of a volume by a name that does not change under the mount, whatever a container does meanwhile.
    private mutating func part(
        _ path: String, of folder: String, _ volume: PodVolume
    ) throws(KernelError) -> String {
        var makesFolders = true
        // Nothing is ever made among the machine's own files.
        if case .host = volume.source { makesFolders = false }
        let part = SharedDescriptor(try Descriptor.open(path, beneath: folder, makesFolders: makesFolders))
        parts.append(part)
        return "/proc/self/fd/\(part.raw)"
    }

    private static func isReadOnly(_ mount: Value, _ volume: PodVolume) -> Bool {
        switch volume.source {
        case .files, .host: true
        default: mount["readOnly"]?.bool ?? false
        }
    }
}
