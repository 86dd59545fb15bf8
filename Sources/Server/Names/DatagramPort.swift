// SPDX-License-Identifier: Apache-2.0
internal import CDatagrams

/// A bound UDP socket; it is closed when the last of those goes who may have something to send.
final class DatagramPort: Sendable {
    let raw: Int32
    /// Where the queries go that are not answered here.
    let forwarder: NameForwarder

    init(owning raw: Int32, _ forwarder: NameForwarder) {
        self.raw = raw
        self.forwarder = forwarder
    }

    deinit { lab_readiness_close(raw) }

    /// Closes a socket of any kind.
    static func close(_ raw: Int32) { lab_readiness_close(raw) }

    /// Sends an answer, or drops it if the socket has no room.
    func send(_ answer: [UInt8], to sender: lab_datagram_sender) {
        unsafe withUnsafePointer(to: sender) { sender in
            _ = unsafe answer.withUnsafeBytes { unsafe lab_datagram_send(raw, sender, $0.baseAddress, $0.count) }
        }
    }
}
