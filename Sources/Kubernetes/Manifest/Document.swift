// SPDX-License-Identifier: Apache-2.0

/// One object of a manifest, and where it stands.
public struct Document: Sendable {
    public var object: Object
    public let source: Source

    public init(object: Object, source: Source) {
        self.object = object
        self.source = source
    }

    /// The refusal that these problems of the object are.
    public func refusal(_ problems: [Problem]) -> Refusal { Refusal(object, problems, source: source) }
}
