// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// One entry of a Pod's `spec.volumes`, with what is in it.
public struct PodVolume: Sendable, Hashable {
    /// What a file holds.
    public enum Content: Sendable, Hashable {
        /// These bytes.
        case bytes([UInt8])
        /// A token of the Pod's ServiceAccount.
        case token
    }

    /// One file of a volume.
    public struct File: Sendable, Hashable {
        /// Its path below the volume, without a slash at its beginning.
        public var path: String
        /// What it holds.
        public var content: Content
        /// Its permissions.
        public var mode: UInt32
    }

    /// Where a volume's files come from.
    public enum Source: Sendable, Hashable {
        /// `emptyDir`: nothing at first, gone with the Pod; with a limit in bytes, if it has one.
        case empty(limit: Int?)
        /// `configMap`, `secret`, `downwardAPI` and `projected`.
        case files([File])
        /// `hostPath`: a path of the machine's own, which the Pod may only read.
        case host(String)
        /// `persistentVolumeClaim`: a folder that lives as long as the claim, which has this uid.
        case claim(ObjectKey, uid: String)
        /// A kind of volume that a lab does not have.
        case unsupported(String)
    }

    /// `name`.
    public var name: String
    /// What is in it.
    public var source: Source
}

extension PodSources {
    /// The Pod's volumes, as the objects that they name are now.
    /// - Throws: the first volume that cannot be made yet, as the kubelet's event `FailedMount` says it.
    public func volumes() throws(Missing) -> [PodVolume] {
        var result: [PodVolume] = []
        for volume in pod.object.spec["volumes"]?.elements ?? [] {
            let name = volume["name"]?.string ?? ""
            do throws(Missing) { result.append(PodVolume(name: name, source: try source(volume))) } catch {
                throw Missing("MountVolume.SetUp failed for volume \"\(name)\" : \(error)")
            }
        }
        return result
    }

    /// The objects that the Pod's volumes are made of: when one of them changes, so may the volumes.
    public var volumeObjects: Set<ObjectKey> {
        var keys: Set<ObjectKey> = []
        for volume in pod.object.spec["volumes"]?.elements ?? [] {
            for part in volume["projected"]?["sources"]?.elements ?? [volume] {
                if let name = part["configMap"]?["name"]?.string { keys.insert(key(.configMap, name)) }
                if let secret = part["secret"], let name = (secret["secretName"] ?? secret["name"])?.string {
                    keys.insert(key(.secret, name))
                }
                let fields = (part["downwardAPI"]?["items"]?.elements ?? []).compactMap {
                    $0["fieldRef"]?["fieldPath"]?.string
                }
                // All else that a Pod may learn of itself never changes.
                if fields.contains(where: { $0.hasPrefix("metadata.labels") || $0.hasPrefix("metadata.annotations") }) {
                    keys.insert(pod.key)
                }
            }
        }
        return keys
    }

    private func source(_ volume: Value) throws(Missing) -> PodVolume.Source {
        if let empty = volume["emptyDir"] {
            return .empty(limit: empty["sizeLimit"].flatMap { Quantity($0) }.map { Int($0.units) })
        }
        if let projected = volume["projected"] { return .files(try projectedFiles(projected)) }
        if volume["configMap"] != nil || volume["secret"] != nil || volume["downwardAPI"] != nil {
            let field = volume["configMap"] ?? volume["secret"] ?? volume["downwardAPI"]
            return .files(try files(volume, mode: PodSources.mode(field?["defaultMode"], or: 0o644)))
        }
        if let host = volume["hostPath"] { return .host(host["path"]?.string ?? "/") }
        if let claim = volume["persistentVolumeClaim"]?["claimName"]?.string { return try self.claim(claim) }
        if volume["ephemeral"] != nil { return try claim("\(pod.name)-\(volume["name"]?.string ?? "")") }
        let kind = volume.fields.keys.sorted().first { $0 != "name" }
        // A volume that says nothing is an emptyDir.
        return kind.map { .unsupported($0) } ?? .empty(limit: nil)
    }

    private func claim(_ name: String) throws(Missing) -> PodVolume.Source {
        let key = ObjectKey("PersistentVolumeClaim", pod.namespace, name)
        guard let claim = object(key) else { throw Missing("persistentvolumeclaim \"\(name)\" not found") }
        return .claim(key, uid: claim.uid)
    }

    private func projectedFiles(_ projected: Value) throws(Missing) -> [PodVolume.File] {
        let mode = PodSources.mode(projected["defaultMode"], or: 0o644)
        var files: [String: PodVolume.File] = [:]
        for part in projected["sources"]?.elements ?? [] {
            // A later part's file replaces that of an earlier one.
            for file in try self.files(part, mode: mode) { files[file.path] = file }
        }
        return files.values.sorted { $0.path < $1.path }
    }

    /// The files of a volume of one kind, or of one part of a projected volume.
    private func files(_ part: Value, mode: UInt32) throws(Missing) -> [PodVolume.File] {
        if let source = part["configMap"] {
            return try files(.configMap, source["name"]?.string ?? "", source, mode)
        }
        if let source = part["secret"] {
            return try files(.secret, (source["secretName"] ?? source["name"])?.string ?? "", source, mode)
        }
        if let source = part["downwardAPI"] {
            return (source["items"]?.elements ?? []).map { downward($0, mode) }
        }
        if let token = part["serviceAccountToken"] {
            return [PodVolume.File(path: token["path"]?.string ?? "token", content: .token, mode: mode)]
        }
        return []
    }

    /// The files of a ConfigMap or Secret: those of `items`, or all.
    private func files(
        _ kind: Kind, _ name: String, _ source: Value, _ mode: UInt32
    ) throws(Missing) -> [PodVolume.File] {
        let isOptional = source["optional"]?.bool ?? false
        guard let values = try values(kind, name, isOptional: isOptional) else { return [] }
        let items = source["items"]?.elements ?? []
        guard !items.isEmpty else {
            return values.sorted { $0.key < $1.key }
                .map { PodVolume.File(path: $0.key, content: .bytes($0.value), mode: mode) }
        }
        var files: [PodVolume.File] = []
        for item in items {
            let key = item["key"]?.string ?? ""
            if let value = values[key] {
                files.append(
                    PodVolume.File(
                        path: item["path"]?.string ?? key, content: .bytes(value),
                        mode: PodSources.mode(item["mode"], or: mode)))
            } else if !isOptional {
                throw Missing("references non-existent \(kind == .configMap ? "config" : "secret") key: \(key)")
            }
        }
        return files
    }

    private func downward(_ item: Value, _ mode: UInt32) -> PodVolume.File {
        let value =
            item["fieldRef"].flatMap { field($0["fieldPath"]?.string ?? "") }
            ?? item["resourceFieldRef"].flatMap { resource($0, of: nil) } ?? ""
        return PodVolume.File(
            path: item["path"]?.string ?? "", content: .bytes(Array(value.utf8)),
            mode: PodSources.mode(item["mode"], or: mode))
    }

    private static func mode(_ value: Value?, or other: UInt32) -> UInt32 {
        value?.int.map { UInt32(truncatingIfNeeded: $0) & 0o777 } ?? other
    }
}
