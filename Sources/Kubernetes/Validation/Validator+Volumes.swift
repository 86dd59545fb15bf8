// SPDX-License-Identifier: Apache-2.0

extension Validator {
    /// A Pod's volumes, and what its containers mount of them. The corresponding Go functions are `ValidateVolumes` and
    /// `ValidateVolumeMounts`.
    /// - Parameter claimed: names of volumes that come from elsewhere, as a StatefulSet's claims do.
    mutating func volumes(_ spec: Value, _ path: String, claimed: Set<String> = []) {
        var names = claimed
        for (index, volume) in (spec["volumes"]?.elements ?? []).enumerated() {
            let path = "\(path).volumes[\(index)]"
            let name = volume["name"]?.string ?? ""
            let faults = Names.label(name)
            if name.isEmpty { required("\(path).name") } else { invalid("\(path).name", name, faults) }
            if !name.isEmpty, faults.isEmpty, !names.insert(name).inserted {
                duplicate("\(path).name", .string(name))
            }
            source(volume, path)
        }
        for list in ["initContainers", "containers"] {
            for (index, container) in (spec[list]?.elements ?? []).enumerated() {
                mounts(container["volumeMounts"]?.elements ?? [], "\(path).\(list)[\(index)].volumeMounts", names)
            }
        }
    }

    /// One source, and what it needs.
    private mutating func source(_ volume: Value, _ path: String) {
        let given = volume.fields.keys.filter { $0 != "name" && !volume[$0].isNullOrMissing }.sorted()
        if given.isEmpty { required(path, "must specify a volume type") }
        for other in given.dropFirst() { forbidden("\(path).\(other)", "may not specify more than 1 volume type") }
        guard let type = given.first, let source = volume[type] else { return }
        let path = "\(path).\(type)"
        switch type {
        case "hostPath":
            let folder = source["path"]?.string ?? ""
            if folder.isEmpty { required("\(path).path") } else { noStepsBack(folder, "\(path).path") }
        case "configMap": if source["name"].isUnset { required("\(path).name") }
        case "secret": if source["secretName"].isUnset { required("\(path).secretName") }
        case "persistentVolumeClaim": if source["claimName"].isUnset { required("\(path).claimName") }
        case "emptyDir":
            guard let limit = source["sizeLimit"]?.string, limit.hasPrefix("-") else { return }
            forbidden("\(path).sizeLimit", "SizeLimit field must be a valid resource quantity")
        default: break
        }
    }

    private mutating func mounts(_ mounts: [Value], _ path: String, _ volumes: Set<String>) {
        var places: Set<String> = []
        for (index, mount) in mounts.enumerated() {
            let path = "\(path)[\(index)]"
            let name = mount["name"]?.string ?? ""
            let place = mount["mountPath"]?.string ?? ""
            if name.isEmpty { required("\(path).name") }
            if place.isEmpty { required("\(path).mountPath") }
            if !volumes.contains(name) { add(Problem("\(path).name", .notFound, value: name.quoted, "")) }
            if !places.insert(place).inserted { invalid("\(path).mountPath", .string(place), "must be unique") }
            for field in ["subPath", "subPathExpr"] {
                guard let part = mount[field]?.string, !part.isEmpty else { continue }
                if field == "subPathExpr", !mount["subPath"].isUnset {
                    invalid("\(path).subPathExpr", .string(part), "subPathExpr and subPath are mutually exclusive")
                }
                if part.hasPrefix("/") { invalid("\(path).\(field)", .string(part), "must be a relative path") }
                noStepsBack(part, "\(path).\(field)")
            }
        }
    }

    /// The corresponding Go function is `validatePathNoBacksteps`.
    private mutating func noStepsBack(_ text: String, _ path: String) {
        if text.split(separator: "/").contains("..") { invalid(path, .string(text), "must not contain '..'") }
    }
}
