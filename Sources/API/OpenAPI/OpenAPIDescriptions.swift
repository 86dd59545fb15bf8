// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What `kubectl explain` says of a type and its fields: the lab's own words, which tell where a lab differs.
struct OpenAPIDescriptions {
    /// What the type is; nil if nothing is written of it.
    private(set) var type: String?
    /// What each field is, by its name.
    private(set) var fields: [String: String] = [:]

    /// The descriptions of a type. What all kinds have in common need not be written for each.
    init(of type: TypeSchema) {
        if type.fields["kind"] != nil, type.fields["metadata"] != nil { fields = Self.common }
        if type.name.hasSuffix("List"), type.fields["items"] != nil {
            self.type = "A list of objects of one kind."
            fields["items"] = "The objects."
        }
        guard let text = Self.texts[type.name] else { return }
        for line in text.split(separator: "\n") {
            let sides = line.split(separator: ": ", maxSplits: 1)
            if sides.count == 2, type.fields[String(sides[0])] != nil {
                fields[String(sides[0])] = String(sides[1])
            } else {
                self.type = String(line)
            }
        }
    }

    /// What every kind has.
    static let common = [
        "apiVersion": "The group and version of the object's form, as apps/v1.",
        "kind": "What the object is, as Service.",
        "metadata": "What all objects have: the name, labels, owners.",
        "spec": "What is wanted.",
        "status": "What is: the lab writes it, and clients only by the subresource status.",
    ]

    /// Full type name to its description: a line for the type itself, then lines of `field: what it is`.
    private static let texts = meta.merging(services) { $1 }.merging(pods) { $1 }.merging(containers) { $1 }
        .merging(workloads) { $1 }.merging(others) { $1 }
}
