// SPDX-License-Identifier: Apache-2.0
internal import CNetlink

/// One message that the kernel sent: what follows its `nlmsghdr`.
struct NetlinkMessage: Sendable {
    var type: UInt16
    var flags: UInt16
    var sequence: UInt32
    var payload: [UInt8]
}

/// A message that the kernel refused.
struct NetlinkFailure: Sendable {
    /// The number of the message within what was sent, from 1.
    var sequence: UInt32
    var errno: Errno
    /// The extended acknowledgement's sentence; may be empty.
    var message: String
    /// Where in the refused message the attribute lies that the kernel did not like.
    var offset: Int?
}

/// All that the kernel answered to what was sent in one go.
struct NetlinkAnswer: Sendable {
    /// The number of the message whose acknowledgement ends the conversation.
    let last: UInt32
    private(set) var messages: [NetlinkMessage] = []
    private(set) var failures: [NetlinkFailure] = []
    private(set) var isComplete = false
    /// True if a dump saw the tables change under it (`NLM_F_DUMP_INTR`): ask again.
    private(set) var isInterrupted = false

    init(last: UInt32) { self.last = last }

    /// Reads the messages of one `recv`; what is malformed ends the reading.
    mutating func append(_ datagram: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 16 <= datagram.count {
            let length = Int(unsafe datagram.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            guard length >= 16, offset + length <= datagram.count else { return }
            append(
                NetlinkMessage(
                    type: unsafe datagram.loadUnaligned(fromByteOffset: offset + 4, as: UInt16.self),
                    flags: unsafe datagram.loadUnaligned(fromByteOffset: offset + 6, as: UInt16.self),
                    sequence: unsafe datagram.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self),
                    payload: unsafe Array(datagram[(offset + 16)..<(offset + length)])))
            offset += (length + 3) & ~3
        }
    }

    private mutating func append(_ message: NetlinkMessage) {
        if message.flags & UInt16(NLM_F_DUMP_INTR) != 0 { isInterrupted = true }
        switch Int32(message.type) {
        case NLMSG_ERROR: acknowledge(message)
        case NLMSG_DONE:
            let code = message.payload.count >= 4 ? Int32(bitPattern: message.payload.word(at: 0)) : 0
            if code < 0 { fail(message, code, from: 4) }
            isComplete = true
        default: messages.append(message)
        }
    }

    /// Reads an acknowledgement: an error number, the header of the message it answers, and attributes.
    private mutating func acknowledge(_ message: NetlinkMessage) {
        guard message.payload.count >= 20 else { return }
        let code = Int32(bitPattern: message.payload.word(at: 0))
        if code != 0 {
            let capped = message.flags & UInt16(NLM_F_CAPPED) != 0
            let answered = capped ? 16 : Int(message.payload.word(at: 4) + 3) & ~3
            fail(message, code, from: 4 + answered)
        }
        // A batch that cannot be committed at all is refused at its first message, and the last may go unanswered.
        if message.sequence == last || (code != 0 && message.sequence == 1) { isComplete = true }
    }

    private mutating func fail(_ message: NetlinkMessage, _ code: Int32, from offset: Int) {
        let told = message.flags & UInt16(NLM_F_ACK_TLVS) != 0
        let attributes = NetlinkAttributes(message.payload, from: told ? offset : message.payload.count)
        failures.append(
            NetlinkFailure(
                sequence: message.sequence, errno: Errno(rawValue: -code),
                message: attributes.text(Int(NLMSGERR_ATTR_MSG.rawValue)) ?? "",
                offset: attributes.word(Int(NLMSGERR_ATTR_OFFS.rawValue)).map(Int.init)))
    }
}
