// SPDX-License-Identifier: Apache-2.0

/// What a bad wire does to packets before an interface takes them in.
public struct Wire: Sendable, Hashable {
    /// The interface that they come in by.
    public var interface: String
    /// True if none gets through.
    public var isCut: Bool
    /// How many of a million are lost, picked at random.
    public var lossPerMillion: UInt32
    /// The queue in which they wait; nil if they do not.
    public var queue: UInt16?

    /// Puts one together from its parts.
    public init(_ interface: String, isCut: Bool = false, lossPerMillion: UInt32 = 0, queue: UInt16? = nil) {
        self.interface = interface
        self.isCut = isCut
        self.lossPerMillion = lossPerMillion
        self.queue = queue
    }
}
