// SPDX-License-Identifier: Apache-2.0

/// Why a rule, an element or a route is there: the object and field that asked for it, and where the user wrote it.
public struct Because: Sendable, Hashable, CustomStringConvertible {
    /// The object, as kind and name: `Service workload/hello-service`.
    public var object: String
    /// The path of the field within the object: `spec.ports[0]`; empty for the object as a whole.
    public var field: String
    /// The manifest's file and line, as `Labs/hello-service.yaml:31`; empty for what the lab adds on its own account.
    public var location: String

    /// A reason: an object, its field, and `file:line`; what is not known stays empty.
    public init(_ object: String, field: String = "", location: String = "") {
        self.object = object
        self.field = field
        self.location = location
    }

    /// True for what no object asked for: the lab has it on its own account.
    var isOfLab: Bool { object == "lab" }

    /// `Service web/hello spec.ports[0] (Labs/hello.yaml:31)`, or `lab: why in words`.
    public var description: String {
        // A field that is a sentence is no path.
        let object = field.contains(" ") ? object + ":" : object
        return [object, field, location.isEmpty ? "" : "(\(location))"].filter { !$0.isEmpty }.joined(separator: " ")
    }
}
