// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TableLayout {
    static let persistentVolume = TableLayout([
        .name,
        .text("Capacity", "How much it holds") { ($0.spec["capacity"]?["storage"]).text ?? "0" },
        .text("Access Modes", "How many may use it, and how") { accessModes($0.spec["accessModes"]) },
        .text("Reclaim Policy", "What becomes of it when its claim goes") {
            $0.spec["persistentVolumeReclaimPolicy"].text ?? ""
        },
        .text("Status", "Whether it is free or claimed") { phase($0) },
        .text("Claim", "The claim that has it") { claim($0.spec["claimRef"]) },
        storageClassColumn,
        attributesColumn,
        .text("Reason", "Why its status is what it is") { $0.status["reason"].text ?? "" },
        .age,
        modeColumn,
    ])

    static let persistentVolumeClaim = TableLayout([
        .name,
        .text("Status", "Whether it has a volume") { phase($0) },
        .text("Volume", "The volume that it has") { $0.spec["volumeName"].text ?? "" },
        .text("Capacity", "How much the volume holds") {
            isBound($0) ? ($0.status["capacity"]?["storage"]).text ?? "0" : ""
        },
        .text("Access Modes", "How many may use the volume, and how") {
            isBound($0) ? accessModes($0.status["accessModes"]) : ""
        },
        storageClassColumn,
        attributesColumn,
        .age,
        modeColumn,
    ])

    private static let storageClassColumn = TableColumn<TableSubject>.text(
        "StorageClass", "The class of storage that it is of"
    ) {
        $0.object.annotations["volume.beta.kubernetes.io/storage-class"] ?? $0.spec["storageClassName"].text ?? ""
    }

    private static let attributesColumn = TableColumn<TableSubject>.text(
        "VolumeAttributesClass", "The class of attributes that it has"
    ) { $0.spec["volumeAttributesClassName"].text ?? "<unset>" }

    private static let modeColumn = TableColumn<TableSubject>.wide(
        "VolumeMode", "Whether it is a file system or a block device"
    ) { $0.spec["volumeMode"].text ?? "<unset>" }

    private static func isBound(_ subject: TableSubject) -> Bool { subject.spec["volumeName"].text != nil }

    private static func phase(_ subject: TableSubject) -> String {
        subject.object.isTerminating ? "Terminating" : subject.status["phase"].text ?? ""
    }

    private static func claim(_ reference: Value?) -> String {
        guard let reference else { return "" }
        return "\(reference["namespace"].text ?? "")/\(reference["name"].text ?? "")"
    }

    private static func accessModes(_ modes: Value?) -> String {
        let names = [
            ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP"),
        ]
        return names.filter { modes.list.contains(.string($0.0)) }.map(\.1).joined(separator: ",")
    }

    static let storageClass = TableLayout([
        .named { defaultMarked($0.object, by: ["storageclass.kubernetes.io", "storageclass.beta.kubernetes.io"]) },
        .text("Provisioner", "What makes its volumes") { $0.object.value["provisioner"].text ?? "" },
        .text("ReclaimPolicy", "What becomes of its volumes when their claims go") {
            $0.object.value["reclaimPolicy"].text ?? "Delete"
        },
        .text("VolumeBindingMode", "When a claim gets its volume") {
            $0.object.value["volumeBindingMode"].text ?? "Immediate"
        },
        TableColumn("AllowVolumeExpansion", "Whether its volumes may grow") {
            .bool($0.object.value["allowVolumeExpansion"]?.bool ?? false)
        },
        .age,
    ])

    /// The name of a class, which says if the class is the one for those who name none.
    private static func defaultMarked(_ object: Object, by prefixes: [String]) -> String {
        let annotations = object.annotations
        let isDefault = prefixes.contains { annotations["\($0)/is-default-class"] == "true" }
        return isDefault ? "\(object.name) (default)" : object.name
    }

    static let csiDriver = TableLayout([
        .name,
        flag("AttachRequired", "attachRequired", or: true, "Whether volumes are attached to nodes first"),
        flag("PodInfoOnMount", "podInfoOnMount", "Whether it is told of the Pod that mounts"),
        flag("StorageCapacity", "storageCapacity", "Whether it says how much room there is"),
        .text("TokenRequests", "For whom it gets ServiceAccount tokens") { subject in
            guard let requests = subject.spec["tokenRequests"] else { return "<unset>" }
            return requests.elements.map { $0["audience"].text ?? "" }.joined(separator: ",")
        },
        flag("RequiresRepublish", "requiresRepublish", "Whether mounts are repeated from time to time"),
        .text("Modes", "For how long its volumes may live") { subject in
            let modes = subject.spec["volumeLifecycleModes"].list.compactMap(\.string)
            return modes.isEmpty ? "<none>" : modes.joined(separator: ",")
        },
        .age,
    ])

    private static func flag(
        _ name: String, _ field: String, or absent: Bool = false, _ description: String
    ) -> TableColumn<TableSubject> {
        TableColumn(name, type: "boolean", description) { .bool($0.spec[field]?.bool ?? absent) }
    }
}
