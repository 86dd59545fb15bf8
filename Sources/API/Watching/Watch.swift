// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

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
    /// Up to which write the opening tells all. What comes after it is the hub's to tell.
    public var revision: UInt64
    /// After how many seconds the stream is to end of itself.
    public var timeoutSeconds: Int
    /// Whether the client wants a bookmark from time to time.
    public var wantsBookmarks: Bool

    /// Only what matches is told of.
    var filter: ObjectFilter
    /// How objects are shown.
    var printer: Printer
    /// How events are shown, as a key: watches that are equal in this get the same bytes.
    var look: WatchLook
    /// True once the client has the columns of a table.
    var hasColumns: Bool
}

/// All that the text of a watch event depends on but the event itself.
struct WatchLook: Sendable, Hashable {
    var form: ObjectForm
    var apiVersion: String
    var isPretty: Bool
}
