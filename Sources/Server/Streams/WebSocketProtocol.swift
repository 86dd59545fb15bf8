// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import NIOCore

/// How a session's streams share one WebSocket: the first byte of each message is the stream's number.
/// The corresponding Go package is `k8s.io/apimachinery/pkg/util/remotecommand`.
struct WebSocketProtocol: Sendable {
    /// Messages are text: a digit, and the bytes in base64.
    let isBase64: Bool
    /// The last message tells how the process ended, as a Status; else it is a sentence about a failure.
    let hasStatus: Bool
    /// The client can end a stream.
    let closesStreams: Bool

    /// The names of the subprotocols, best first.
    static let names = [
        "v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io",
        "base64.channel.k8s.io",
    ]

    /// The protocol of a name; of none, the first one.
    init(_ name: String) {
        isBase64 = name.contains("base64")
        hasStatus = name.hasPrefix("v4.") || name.hasPrefix("v5.")
        closesStreams = name.hasPrefix("v5.")
    }

    /// The first byte of a message by which a client ends the stream that the second one names.
    static let closing: UInt8 = 255

    /// A message's bytes for a stream.
    func message(_ bytes: ByteBuffer, on stream: UInt8) -> ByteBuffer {
        var message = ByteBuffer()
        if isBase64 {
            message.writeInteger(UInt8(ascii: "0") + stream)
            message.writeString(Data(bytes.readableBytesView).base64EncodedString())
        } else {
            message.reserveCapacity(bytes.readableBytes + 1)
            message.writeInteger(stream)
            message.writeImmutableBuffer(bytes)
        }
        return message
    }

    /// The stream that a message's first byte names.
    func stream(_ byte: UInt8) -> UInt8? {
        guard isBase64 else { return byte }
        return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? byte - UInt8(ascii: "0") : nil
    }

    /// The bytes in the rest of a message; nil if it is not base64 as it should be.
    func content(_ rest: ByteBuffer) -> ByteBuffer? {
        guard isBase64 else { return rest }
        return Data(base64Encoded: Data(rest.readableBytesView)).map { ByteBuffer(bytes: $0) }
    }
}
