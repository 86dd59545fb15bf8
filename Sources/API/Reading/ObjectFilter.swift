// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Which objects a list or watch is about: conditions on labels and fields, all of which must hold.
public struct ObjectFilter: Sendable, Hashable {
    var labels = LabelSelector()
    var fields: [FieldSelector.Requirement] = []

    /// True if every object is meant.
    var isEmpty: Bool { labels.isEmpty && fields.isEmpty }

    /// The filter that a request asks for; a name in its path is one more condition.
    init(_ call: Call) throws(Status) {
        if let text = call.request.parameter("labelSelector"), !text.isEmpty {
            do throws(SelectorError) {
                labels = try LabelSelector(text: text)
            } catch {
                throw Status(.badRequest, error.description)
            }
        }
        fields = try FieldSelector(call.request.parameter("fieldSelector") ?? "").requirements
        for index in fields.indices {
            fields[index].field = call.storedField(fields[index].field)
            guard SelectableFields.contains(fields[index].field, call.resource) else {
                throw SelectableFields.refusal(fields[index].field, call.resource)
            }
        }
        if !call.info.name.isEmpty {
            fields.append(FieldSelector.Requirement(field: "metadata.name", isEqual: true, value: call.info.name))
        }
    }

    /// True if the object is meant.
    func matches(_ object: Object) -> Bool {
        fields.allSatisfy { (SelectableFields.text(object, $0.field) == $0.value) == $0.isEqual }
            && (labels.isEmpty || labels.matches(object.labels))
    }

    /// The one name that objects may have; nil if any.
    var name: String? { fields.first { $0.field == "metadata.name" && $0.isEqual }?.value }
}
