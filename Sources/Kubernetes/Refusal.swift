// SPDX-License-Identifier: Apache-2.0

/// Input that is refused as a whole: why, and where each fault stands.
public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// One fault: what is wrong, with which object, where.
    public struct Fault: Sendable, Hashable, CustomStringConvertible {
        /// Where it stands; nil for input that came without a file (the API).
        public var place: Place?
        /// The object at fault; nil if the input was not read that far.
        public var object: ObjectKey?
        /// What is wrong.
        public var problem: Problem

        /// Puts one together from its parts.
        public init(_ problem: Problem, object: ObjectKey? = nil, at place: Place? = nil) {
            self.problem = problem
            self.object = object
            self.place = place
        }

        /// `hello.yaml:7:11: Service "hello": spec.ports[0].port: Invalid value: 0: must be …`.
        public var description: String {
            let subject = object.map { key in
                // A custom kind's group says nothing that the place does not.
                let kind = String(key.kind.prefix { $0 != "." })
                return key.name.isEmpty ? kind : "\(kind) \"\(key.name)\""
            }
            return [place?.description, subject, problem.description].compactMap { $0 }.joined(separator: ": ")
        }
    }

    /// All that is wrong, in the order of the input.
    public var faults: [Fault]

    /// A refusal for these faults.
    public init(_ faults: [Fault]) { self.faults = faults }

    /// The refusal of one object, with the places of its fields if it came from a file.
    public init(_ object: Object, _ problems: [Problem], source: Source? = nil) {
        faults = problems.map { Fault($0, object: object.key, at: source?.place(of: $0.path)) }
    }

    /// One line a fault.
    public var description: String { faults.map(\.description).joined(separator: "\n") }

    /// The text of Kubernetes' status: `Service "x" is invalid: a`, or `Service "x" is invalid: [a, b]`.
    public static func message(_ object: Object, _ problems: [Problem]) -> String {
        var seen: Set<String> = []
        let texts = problems.map(\.description).filter { seen.insert($0).inserted }
        let all = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        return "\(Resource.qualifiedKind(of: object)) \"\(object.name)\" is invalid: \(all)"
    }
}

/// Why a file was refused.
public typealias ManifestError = Refusal
