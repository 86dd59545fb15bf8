// SPDX-License-Identifier: Apache-2.0

/// How a strategic merge patch treats one list.
struct StrategicList {
    private let member: MergeShape.Member

    init(_ member: MergeShape.Member) { self.member = member }

    /// The entries after a patch: known ones merged, new ones added, in the patch's order where it says one.
    func merge(_ patch: [Value], into elements: [Value]) throws(Status) -> [Value] {
        guard member.isMergedList else { return patch.isEmpty ? elements : patch }
        guard !patch.isEmpty else { return elements }
        guard try areObjects(elements + patch) else {
            let added = patch.filter { !elements.contains($0) }
            return try arranged(unique(elements + added), patch, elements)
        }
        guard let key = member.mergeKey else {
            throw Status.unforeseen("cannot merge lists without merge key for type struct")
        }
        let (kept, changes) = try followed(patch, elements, key)
        return try arranged(try merge(changes, into: kept, key), changes, kept)
    }

    /// Follows the `$patch` directives among the entries; gives what is left of the list and of the patch.
    private func followed(
        _ patch: [Value], _ elements: [Value], _ key: String
    ) throws(Status) -> (elements: [Value], patch: [Value]) {
        var changes: [Value] = []
        var gone: Set<Value> = []
        var isReplaced = false
        for entry in patch {
            switch entry[StrategicMerge.directive] {
            case nil: changes.append(entry)
            case "delete": gone.insert(try value(of: key, entry))
            case "replace": isReplaced = true
            case "merge": throw Status.unforeseen("merging lists cannot yet be specified in the patch")
            case let directive?: throw StrategicMerge.unknown(directive, entry.fields)
            }
        }
        guard !isReplaced else { return (changes, []) }
        return (gone.isEmpty ? elements : elements.filter { $0[key].map { !gone.contains($0) } ?? true }, changes)
    }

    private func merge(_ changes: [Value], into elements: [Value], _ key: String) throws(Status) -> [Value] {
        var result = elements
        var places: [Value: Int] = [:]
        for (index, element) in elements.enumerated() {
            if let value = element[key], places[value] == nil { places[value] = index }
        }
        for change in changes {
            let value = try value(of: key, change)
            if let index = places[value] {
                var fields = result[index].fields
                result[index] = .null
                try StrategicMerge.merge(change.fields, into: &fields, member.element)
                result[index] = .object(fields)
            } else {
                places[value] = result.count
                var fields: Fields = [:]
                try StrategicMerge.merge(change.fields, into: &fields, member.element)
                result.append(.object(fields))
            }
        }
        return result
    }

    /// The entries in the wanted order; those that it does not name stay where they were among the others.
    func arranged(_ elements: [Value], _ wanted: [Value], _ before: [Value]) throws(Status) -> [Value] {
        let wanted = places(wanted)
        let before = places(before)
        var named: [(place: Int, value: Value)] = []
        var others: [(place: Int, value: Value)] = []
        for element in elements {
            let identity = try identity(element)
            if let place = wanted[identity] {
                named.append((place, element))
            } else {
                others.append((before[identity] ?? Int.max, element))
            }
        }
        named.sort { $0.place < $1.place }
        others.sort { $0.place < $1.place }
        return interleaved(others.map(\.value), named.map(\.value), before)
    }

    /// Puts the entries that the patch did not name before the first named one that they stood before.
    private func interleaved(_ others: [Value], _ named: [Value], _ before: [Value: Int]) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(others.count + named.count)
        var rest = others[...]
        for entry in named {
            let place = before[key(entry)]
            while let other = rest.first, let place, let otherPlace = before[key(other)], otherPlace < place {
                result.append(other)
                rest = rest.dropFirst()
            }
            result.append(entry)
        }
        return result + rest
    }

    /// The patch's entries have to stand in the order that the patch itself wants.
    func check(_ patch: [Value], follows order: [Value]) throws(Status) {
        guard !order.isEmpty, !patch.isEmpty else { return }
        var rest = order[...]
        for entry in patch where entry[StrategicMerge.directive] == nil {
            let identity = try identity(entry)
            while let next = rest.first, try self.identity(next) != identity { rest = rest.dropFirst() }
            guard rest.popFirst() != nil else {
                let lists = (Value.array(patch).goText, Value.array(order).goText)
                throw Status.unforeseen(
                    "The order in patch list:\n\(lists.0)\n doesn't match $setElementOrder list:\n\(lists.1)\n")
            }
        }
    }

    private func places(_ elements: [Value]) -> [Value: Int] {
        Dictionary(elements.enumerated().map { (key($1), $0) }) { first, _ in first }
    }

    /// What an entry is known by: its merge key, or for plain values itself.
    private func key(_ entry: Value) -> Value {
        guard let key = member.mergeKey, case .object = entry else { return entry }
        return entry[key] ?? .null
    }

    private func identity(_ entry: Value) throws(Status) -> Value {
        guard let key = member.mergeKey, case .object = entry else { return entry }
        return try value(of: key, entry)
    }

    private func value(of key: String, _ entry: Value) throws(Status) -> Value {
        guard let value = entry[key] else {
            throw Status.unforeseen("map: \(entry.goText) does not contain declared merge key: \(key)")
        }
        return value
    }

    /// True for a list of objects, false for one of plain values.
    private func areObjects(_ elements: [Value]) throws(Status) -> Bool {
        var isObject: Bool?
        for element in elements {
            switch element {
            case .array: throw Status.patchRejected
            case .object where isObject != false: isObject = true
            case .object: throw mixed(elements)
            default:
                guard isObject != true else { throw mixed(elements) }
                isObject = false
            }
        }
        return isObject ?? false
    }

    private func mixed(_ elements: [Value]) -> Status {
        Status.unforeseen("list element types are not identical: \(Value.array(elements).goText)")
    }

    private func unique(_ values: [Value]) -> [Value] {
        var seen: Set<Value> = []
        return values.filter { seen.insert($0).inserted }
    }
}
