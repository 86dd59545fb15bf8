// SPDX-License-Identifier: Apache-2.0

/// A set of an object's fields, in the form in which `managedFields` has them: `{"f:spec":{"f:replicas":{}}}`.
///
/// A node without children is a member; a node with children is one if it has a child named `.`. The corresponding Go
/// type is `fieldpath.Set`.
struct FieldSet: Sendable, Hashable {
    /// The nodes below the object, by their path element's text.
    var nodes: Fields

    /// The empty set.
    init() { nodes = [:] }

    /// The set of these nodes.
    init(_ nodes: Fields) { self.nodes = nodes }

    /// The set below a node; the empty set for nil.
    init(below node: Value?) { nodes = node?.fields ?? [:] }

    /// True if the set has no members.
    var isEmpty: Bool { nodes.isEmpty }

    /// The members of either set.
    func union(_ other: FieldSet) -> FieldSet {
        if nodes.isEmpty { return other }
        return FieldSet(nodes.merging(other.nodes) { FieldNode.union($0, $1) })
    }

    /// The members that the other set does not have.
    func subtracting(_ other: FieldSet) -> FieldSet {
        var result = nodes
        for (element, node) in other.nodes {
            if let own = result[element] { result[element] = FieldNode.difference(own, node) }
        }
        return FieldSet(result)
    }

    /// The members that neither the other set has, nor that are below a member of it.
    func subtracting(treesOf other: FieldSet) -> FieldSet {
        var result = nodes
        for (element, node) in other.nodes {
            guard let own = result[element] else { continue }
            guard !FieldNode.isMember(node) else {
                result[element] = nil
                continue
            }
            let rest = FieldSet(below: own).subtracting(treesOf: FieldSet(below: node))
            result[element] = FieldNode.make(FieldNode.isMember(own), rest.nodes)
        }
        return FieldSet(result)
    }

    /// The members of both sets.
    func intersection(_ other: FieldSet) -> FieldSet {
        var result: Fields = [:]
        for (element, node) in nodes {
            if let second = other.nodes[element] { result[element] = FieldNode.intersection(node, second) }
        }
        return FieldSet(result)
    }

    /// The members' paths as messages have them (`.spec.containers[name="web"].image`), in their order.
    var paths: [String] {
        var result: [String] = []
        collect("", &result)
        return result
    }

    private func collect(_ prefix: String, _ result: inout [String]) {
        let sorted = nodes.filter { $0.key != "." }.map { (PathElement($0.key), $0.value) }.sorted { $0.0 < $1.0 }
        for (element, node) in sorted where FieldNode.isMember(node) { result.append(prefix + element.description) }
        for (element, node) in sorted { FieldSet(below: node).collect(prefix + element.description, &result) }
    }
}

/// One node of a `FieldSet`, and what it may have below it.
enum FieldNode {
    /// A member without children.
    static let leaf = Value.object([:])

    /// True if the node itself is in the set.
    static func isMember(_ node: Value) -> Bool {
        let fields = node.fields
        return fields.isEmpty || fields["."] != nil
    }

    /// The node with these children (a `.` among them does not count); nil for one that says nothing.
    static func make(_ isMember: Bool, _ children: Fields) -> Value? {
        var children = children
        children["."] = nil
        guard !children.isEmpty else { return isMember ? leaf : nil }
        if isMember { children["."] = leaf }
        return .object(children)
    }

    static func union(_ one: Value, _ other: Value) -> Value {
        let children = FieldSet(below: one).union(FieldSet(below: other)).nodes
        return make(isMember(one) || isMember(other), children) ?? leaf
    }

    static func difference(_ one: Value, _ other: Value) -> Value? {
        make(isMember(one) && !isMember(other), FieldSet(below: one).subtracting(FieldSet(below: other)).nodes)
    }

    static func intersection(_ one: Value, _ other: Value) -> Value? {
        make(isMember(one) && isMember(other), FieldSet(below: one).intersection(FieldSet(below: other)).nodes)
    }
}
