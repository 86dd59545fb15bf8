// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc

/// Writes netlink messages one after another into a growing buffer: libmnl's functions, with room made before each.
///
/// All raw memory of the netfilter half is in here. The corresponding C functions are `mnl_nlmsg_put_header`,
/// `mnl_attr_put` and `mnl_attr_nest_start`.
@safe struct NetlinkWriter: ~Copyable {
    /// A nest that is open: where its header lies from the start of the buffer.
    typealias Nest = Int

    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    /// The bytes of the messages that are finished.
    private(set) var count = 0
    /// Up to 64 bytes (`NFT_DATA_VALUE_MAXLEN`) on their way into one attribute.
    private var staged: UnsafeMutablePointer<UInt32>
    private var stagedWords = 0

    init(capacity: Int = 4096) {
        self.capacity = capacity
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        unsafe staged = UnsafeMutablePointer<UInt32>.allocate(capacity: 64)
    }

    deinit {
        unsafe base.deallocate()
        unsafe staged.deallocate()
    }

    /// The finished messages' bytes.
    func bytes() -> [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: base, count: count)) }

    private var header: UnsafeMutablePointer<nlmsghdr> {
        unsafe (base + count).assumingMemoryBound(to: nlmsghdr.self)
    }

    /// The length so far of the message that is being written.
    var messageLength: Int { Int(unsafe header.pointee.nlmsg_len) }

    /// Makes room for so many more bytes after the message's end.
    private mutating func reserve(_ bytes: Int, after length: Int) {
        let needed = count + length + bytes + 64
        guard needed > capacity else { return }
        let larger = max(needed, capacity * 2)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        unsafe moved.copyMemory(from: base, byteCount: count + length)
        unsafe base.deallocate()
        unsafe base = moved
        capacity = larger
    }

    /// Starts a message.
    mutating func begin(type: Int, flags: Int32, sequence: UInt32) {
        reserve(32, after: 0)
        let header = unsafe mnl_nlmsg_put_header(base + count)
        unsafe header?.pointee.nlmsg_type = UInt16(type)
        unsafe header?.pointee.nlmsg_flags = UInt16(flags | NLM_F_REQUEST)
        unsafe header?.pointee.nlmsg_seq = sequence
    }

    /// Starts a message of a netfilter subsystem, with its `nfgenmsg`.
    mutating func begin(
        subsystem: Int32, type: Int, flags: Int32, sequence: UInt32, family: Int32, resource: UInt16 = 0
    ) {
        begin(type: Int(subsystem) << 8 | type, flags: flags, sequence: sequence)
        append([UInt8(family), 0, UInt8(resource >> 8), UInt8(truncatingIfNeeded: resource)])
    }

    /// Appends a subsystem's own header, a multiple of four bytes.
    mutating func append(_ extra: [UInt8]) {
        reserve(extra.count, after: messageLength)
        let target = unsafe mnl_nlmsg_put_extra_header(header, extra.count)
        unsafe extra.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe target?.copyMemory(from: start, byteCount: source.count)
        }
    }

    /// Appends the header of a link's request: `struct ifinfomsg` with nothing but the interface's number.
    mutating func append(interface: UInt32) {
        var header = [UInt8](repeating: 0, count: 16)
        for byte in 0..<4 { header[4 + byte] = UInt8(truncatingIfNeeded: interface >> UInt32(8 * byte)) }
        append(header)
    }

    /// Ends the message; the next one starts after it.
    mutating func end() { count += (messageLength + 3) & ~3 }

    /// Adds a flag to the message that is being written.
    mutating func add(flag: Int32) { unsafe header.pointee.nlmsg_flags |= UInt16(flag) }

    /// Puts the attributes of a libnftnl object: a rule of a dozen expressions takes about 1 KB of these 16.
    mutating func put(_ object: borrowing TableObject) {
        reserve(16 << 10, after: messageLength)
        unsafe object.build(header)
    }

    /// Puts a number of 32 bits in network order.
    mutating func put(_ type: Int, network value: UInt32) {
        reserve(8, after: messageLength)
        unsafe mnl_attr_put_u32(header, UInt16(type), value.bigEndian)
    }

    /// Puts a text with its closing zero.
    mutating func put(_ type: Int, text: String) {
        reserve(text.utf8.count + 8, after: messageLength)
        unsafe mnl_attr_put_strz(header, UInt16(type), text)
    }

    /// Puts bytes as they are.
    mutating func put(_ type: Int, bytes: [UInt8]) {
        reserve(bytes.count + 8, after: messageLength)
        unsafe bytes.withUnsafeBytes { unsafe mnl_attr_put(header, UInt16(type), $0.count, $0.baseAddress) }
    }

    /// Puts bytes that lie in memory.
    mutating func put(_ type: Int, raw: UnsafeRawBufferPointer) {
        reserve(raw.count + 8, after: messageLength)
        unsafe mnl_attr_put(header, UInt16(type), raw.count, raw.baseAddress)
    }

    /// Sets four bytes aside, in memory order, for the next `putStaged`.
    mutating func stage(_ word: UInt32) {
        precondition(stagedWords < 64, "a key of more than 64 words")
        unsafe staged[stagedWords] = word
        stagedWords += 1
    }

    /// Puts all that was set aside as one attribute, or its first bytes only.
    mutating func putStaged(_ type: Int, length: Int? = nil) {
        unsafe put(type, raw: UnsafeRawBufferPointer(start: staged, count: length ?? stagedWords * 4))
        stagedWords = 0
    }

    /// Opens a nest.
    mutating func open(_ type: Int) -> Nest {
        reserve(8, after: messageLength)
        guard let nest = unsafe mnl_attr_nest_start(header, UInt16(type)) else { return count }
        return unsafe UnsafeMutableRawPointer(nest) - base
    }

    /// Closes a nest: its length is all that was put since.
    mutating func close(_ nest: Nest) {
        unsafe mnl_attr_nest_end(header, (base + nest).assumingMemoryBound(to: nlattr.self))
    }
}
