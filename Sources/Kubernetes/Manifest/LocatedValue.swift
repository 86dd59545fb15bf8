// SPDX-License-Identifier: Apache-2.0

/// A document as it was read: its value, and where each of its fields stands.
struct LocatedValue: Sendable {
    var value: Value
    var positions: PositionTree

    /// The objects of the document: the items of a list (`kind: List`, `ServiceList`, …), else itself; none for `null`.
    func items(depth: Int = 0) -> [LocatedValue] {
        guard !value.isNull else { return [] }
        guard depth < 10, let kind = value["kind"]?.string, kind.hasSuffix("List"),
            case .array(let items)? = value["items"]
        else { return [self] }
        let places = positions.elements(of: "items")
        return items.enumerated().flatMap { index, item in
            LocatedValue(
                value: typed(item, listKind: kind),
                positions: places.indices.contains(index) ? places[index] : positions
            )
            .items(depth: depth + 1)
        }
    }

    /// Items of a typed list may leave out what the list's kind says already.
    private func typed(_ item: Value, listKind: String) -> Value {
        guard listKind != "List", case .object = item, item["kind"] == nil else { return item }
        var item = item
        item["kind"] = .string(String(listKind.dropLast(4)))
        if item["apiVersion"] == nil { item["apiVersion"] = value["apiVersion"] }
        return item
    }
}
