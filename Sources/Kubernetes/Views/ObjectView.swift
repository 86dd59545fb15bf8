// SPDX-License-Identifier: Apache-2.0

internal import Net

/// A reading of an object of one kind: typed names for its fields.
///
/// Every property reads the object anew and never fails: what is missing or has the wrong type reads as its default,
/// since objects are validated before they are stored. Hold on to a property's value where it is used often.
public protocol ObjectView: Sendable, Hashable {
    /// The object that is read, whole.
    var object: Object { get }

    /// A reading of the object, which is taken to be of the right kind.
    init(_ object: Object)
}

extension ObjectView {
    /// Kind, namespace and name.
    public var key: ObjectKey { object.key }
    /// `metadata.name`.
    public var name: String { object.name }
    /// `metadata.namespace`; empty for kinds without one.
    public var namespace: String { object.namespace }
    /// `metadata.labels`.
    public var labels: [String: String] { object.labels }
    /// `metadata.annotations`.
    public var annotations: [String: String] { object.annotations }
    /// True once deletion was asked for.
    public var isTerminating: Bool { object.isTerminating }

    func field(_ name: String) -> Value? { object.value["spec"]?[name] }
    func text(_ name: String) -> String { field(name)?.string ?? "" }
    func flag(_ name: String) -> Bool { field(name)?.bool ?? false }
    func number(_ name: String, or missing: Int) -> Int { field(name)?.int ?? missing }
    func statusField(_ name: String) -> Value? { object.value["status"]?[name] }
    func texts(_ name: String) -> [String] { field(name)?.elements.compactMap(\.string) ?? [] }
}

extension Value {
    /// A port number other than 0, the value of a field.
    var port: UInt16? {
        guard let int, let port = UInt16(exactly: int), port > 0 else { return nil }
        return port
    }

    /// The address that the value spells.
    var address: Address? { string.flatMap { Address($0) } }
}

extension Int {
    /// A number of seconds of 64 bits, as Kubernetes allows it, kept to ten years: no clock overflows by it.
    var boundedSeconds: Int { Swift.min(self, 315_360_000) }
}
