// SPDX-License-Identifier: Apache-2.0

/// One object of a manifest, and where it stands.
public struct Document: Sendable {
    /// What it says.
    public var object: Object
    /// Where it stands.
    public let source: Source

    /// Puts one together from its parts.
    public init(object: Object, source: Source) {
        self.object = object
        self.source = source
    }

    /// The refusal that these problems of the object are.
    public func refusal(_ problems: [Problem]) -> Refusal { Refusal(object, problems, source: source) }
}
