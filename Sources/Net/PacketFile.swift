// SPDX-License-Identifier: Apache-2.0

/// A file of captured packets that Wireshark and tcpdump open: pcapng (draft-ietf-opsawg-pcapng), little-endian, times in
/// nanoseconds.
///
/// It is written as it comes: `begin` is the file's first block, and each frame adds its own, after the description of its
/// interface where that is new. What was written by any moment is a whole file.
public struct PacketFile: Sendable {
    /// A packet as it passed an interface.
    public struct Frame: Sendable, Hashable {
        /// The way that it went by.
        public enum Direction: UInt32, Sendable, Hashable {
            case incoming = 1
            case outgoing = 2
        }

        /// The interface's name, as the file's readers see it: `node-1/eth0`.
        public var interface: String
        /// When it passed, in nanoseconds since 1970.
        public var time: UInt64
        /// Its bytes from the Ethernet header on, as many as were kept.
        public var bytes: [UInt8]
        /// How many bytes it had; never fewer than were kept.
        public var length: Int
        /// The way that it went by.
        public var direction: Direction
        /// What is to be read beside it, each a comment of its own.
        public var comments: [String]

        /// Puts one together from its parts; without a length all its bytes were kept.
        public init(
            _ interface: String, time: UInt64, _ bytes: [UInt8], length: Int? = nil, _ direction: Direction,
            comments: [String] = []
        ) {
            self.interface = interface
            self.time = time
            self.bytes = bytes
            self.length = max(length ?? bytes.count, bytes.count)
            self.direction = direction
            self.comments = comments
        }
    }

    /// The numbers that interfaces have in the file.
    private var interfaces: [String: UInt32] = [:]

    /// A file that has no packets yet.
    public init() {}

    /// The file's first block (Section Header Block).
    /// - Parameters:
    ///   - program: the name and version of the program that writes it.
    ///   - comment: what the file as a whole is.
    public static func begin(program: String, comment: String) -> [UInt8] {
        // Byte order magic, version 1.0, and a length of the section that is not known.
        let fixed: [UInt8] = [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0] + [UInt8](repeating: 0xff, count: 8)
        return block(0x0a0d_0d0a, fixed, [(Option.comment, text(comment)), (Option.program, text(program))])
    }

    /// The blocks that a frame adds: its interface's description (Interface Description Block) where that is the first of
    /// it, and its own (Enhanced Packet Block).
    public mutating func add(_ frame: Frame) -> [UInt8] {
        guard let number = interfaces[frame.interface] else {
            interfaces[frame.interface] = UInt32(interfaces.count)
            return PacketFile.description(frame.interface) + add(frame)
        }
        var fixed = PacketFile.word(number)
        fixed += PacketFile.word(UInt32(truncatingIfNeeded: frame.time >> 32))
        fixed += PacketFile.word(UInt32(truncatingIfNeeded: frame.time))
        fixed += PacketFile.word(UInt32(clamping: frame.bytes.count)) + PacketFile.word(UInt32(clamping: frame.length))
        fixed += PacketFile.padded(frame.bytes)
        let comments = frame.comments.map { (Option.comment, PacketFile.text($0)) }
        return PacketFile.block(6, fixed, comments + [(Option.flags, PacketFile.word(frame.direction.rawValue))])
    }

    // MARK: Blocks

    /// The options that are written; a code means something else in each kind of block, but for the comment.
    private enum Option {
        static let comment: UInt16 = 1
        /// `epb_flags` of a packet.
        static let flags: UInt16 = 2
        /// `if_name` of an interface.
        static let name: UInt16 = 2
        /// `shb_userappl` of a section.
        static let program: UInt16 = 4
        /// `if_tsresol` of an interface.
        static let resolution: UInt16 = 9
    }

    private static func description(_ name: String) -> [UInt8] {
        // LINKTYPE_ETHERNET, and no limit to what is kept of a packet.
        block(1, [1, 0, 0, 0] + word(0), [(Option.name, text(name)), (Option.resolution, [9])])
    }

    private static func block(_ type: UInt32, _ fixed: [UInt8], _ options: [(code: UInt16, bytes: [UInt8])]) -> [UInt8]
    {
        let written = options.flatMap { half($0.code) + half(UInt16($0.bytes.count)) + padded($0.bytes) }
        let body = fixed + written + [0, 0, 0, 0]
        // The length stands before and after, so that a file can be read backwards.
        let length = word(UInt32(body.count + 12))
        return word(type) + length + body + length
    }

    // MARK: Numbers and texts

    private static func word(_ value: UInt32) -> [UInt8] {
        [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func half(_ value: UInt16) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }

    /// A text's bytes, as many whole characters of it as an option holds.
    private static func text(_ text: String) -> [UInt8] {
        guard text.utf8.count > Int(UInt16.max) else { return Array(text.utf8) }
        var kept: [UInt8] = []
        for character in text {
            let bytes = Array(character.utf8)
            guard kept.count + bytes.count <= Int(UInt16.max) else { break }
            kept += bytes
        }
        return kept
    }
}
