// SPDX-License-Identifier: Apache-2.0

/// One client's wish to hear of changes, and the events with which its stream begins.
public struct Watch: Sendable {
    /// The kind of key that is watched (`ObjectKey.kind`).
    public var kind: String
    /// The namespace; nil for all.
    public var namespace: String?
    /// The header `Content-Type` of the stream.
    public var contentType: String
    /// What the client gets at once: earlier events, initial events and the bookmark that ends them, encoded, a line each.
    public var opening: [[UInt8]]
    /// After how many seconds the stream is to end of itself.
    public var timeoutSeconds: Int
    /// Whether the client wants a bookmark from time to time.
    public var wantsBookmarks: Bool

    /// Only what matches is told of.
    var filter: ObjectFilter
    /// How objects are shown.
    var form: ObjectForm
}
