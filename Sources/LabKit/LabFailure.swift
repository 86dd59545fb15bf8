// SPDX-License-Identifier: Apache-2.0

/// Why something could not be done with a lab: a sentence for the reader of a test's log.
public struct LabFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentence.
    public var description: String

    /// A failure with this sentence.
    public init(_ description: String) { self.description = description }
}
