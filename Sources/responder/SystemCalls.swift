// SPDX-License-Identifier: Apache-2.0
internal import Glibc

// The only file that makes raw calls on descriptors; everything above it works on values.
// Glibc's Swift module lacks these five; their arguments are plain integers and pointers, which Swift passes as C does.
@_silgen_name("epoll_create1") private func epoll_create1(_ flags: Int32) -> Int32
@_silgen_name("epoll_ctl")
private func epoll_ctl(
    _ epoll: Int32, _ operation: Int32, _ descriptor: Int32, _ event: UnsafeMutableRawPointer?
) -> Int32
@_silgen_name("epoll_wait")
private func epoll_wait(
    _ epoll: Int32, _ events: UnsafeMutableRawPointer?, _ capacity: Int32, _ milliseconds: Int32
) -> Int32
@_silgen_name("signalfd")
private func signalfd(_ descriptor: Int32, _ mask: UnsafePointer<sigset_t>, _ flags: Int32) -> Int32
@_silgen_name("accept4")
private func accept4(
    _ descriptor: Int32, _ address: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<socklen_t>?,
    _ flags: Int32
) -> Int32

/// What was being done when the kernel said no, and what it said.
struct SystemError: Error {
    var doing: String
    var number: Int32

    init(_ doing: String, _ number: Int32 = errno) {
        self.doing = doing
        self.number = number
    }

    /// "listening on TCP port 80: Permission denied".
    var text: String { unsafe "\(doing): \(String(cString: strerror(number)))" }
}

/// What became of one attempt to move bytes without waiting.
enum Transfer {
    case moved(Int)
    case wouldBlock
    /// The other side has closed, or the connection is broken.
    case ended
}

private func transfer(_ count: Int, zeroEnds: Bool) -> Transfer {
    if count > 0 || (count == 0 && !zeroEnds) { return .moved(count) }
    if count < 0, errno == EAGAIN || errno == EINTR { return .wouldBlock }
    return .ended
}

// MARK: - Readiness

/// Tells which of many descriptors can be read or written. The corresponding C functions are `epoll_*`.
struct Readiness {
    static let read: UInt32 = 0x001
    static let write: UInt32 = 0x004
    private static let capacity = 64
    // The kernel packs struct epoll_event on this machine alone: 4 bytes of events, 8 of data, nothing between.
    #if arch(x86_64)
        private static let dataOffset = 4
    #else
        private static let dataOffset = 8
    #endif
    private static let eventSize = dataOffset + 8

    let descriptor: Int32
    private var events = [UInt8](repeating: 0, count: capacity * eventSize)

    init() throws(SystemError) {
        descriptor = epoll_create1(O_CLOEXEC)
        if descriptor < 0 { throw SystemError("making an epoll instance") }
    }

    /// Starts to watch a descriptor for the given events.
    func add(_ descriptor: Int32, for interest: UInt32) { control(1, descriptor, interest) }
    /// Stops watching a descriptor that stays open.
    func remove(_ descriptor: Int32) { control(2, descriptor, 0) }
    /// Watches for other events than before.
    func change(_ descriptor: Int32, to interest: UInt32) { control(3, descriptor, interest) }

    private func control(_ operation: Int32, _ target: Int32, _ interest: UInt32) {
        unsafe withUnsafeTemporaryAllocation(byteCount: Self.eventSize, alignment: 8) { event in
            unsafe event.storeBytes(of: interest, as: UInt32.self)
            unsafe event.storeBytes(of: UInt64(UInt32(target)), toByteOffset: Self.dataOffset, as: UInt64.self)
            _ = unsafe epoll_ctl(descriptor, operation, target, event.baseAddress)
        }
    }

    /// Waits at most so many milliseconds (-1: for ever), then gives the descriptors that are ready.
    mutating func wait(milliseconds: Int32, into ready: inout [Int32]) {
        ready.removeAll(keepingCapacity: true)
        let epoll = descriptor
        unsafe events.withUnsafeMutableBytes { events in
            let count = unsafe epoll_wait(epoll, events.baseAddress, Int32(Self.capacity), milliseconds)
            for index in 0..<Int(max(0, count)) {
                let offset = index * Self.eventSize + Self.dataOffset
                ready.append(
                    Int32(truncatingIfNeeded: unsafe events.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            }
        }
    }
}

// MARK: - Listening

/// A socket that answers for every local address, IPv6 and IPv4 alike where the namespace has IPv6, else IPv4.
func openSocket(datagrams: Bool, port: UInt16) throws(SystemError) -> Int32 {
    let doing = "listening on \(datagrams ? "UDP" : "TCP") port \(port)"
    for family in [AF_INET6, AF_INET] {
        let kind = Int32((datagrams ? SOCK_DGRAM : SOCK_STREAM).rawValue) | O_CLOEXEC | O_NONBLOCK
        let descriptor = socket(family, kind, 0)
        if descriptor < 0 { continue }
        setOptions(of: descriptor, family: family, datagrams: datagrams)
        if bind(descriptor, family: family, port: port), datagrams || listen(descriptor, 4096) == 0 {
            return descriptor
        }
        let number = errno
        close(descriptor)
        if family == AF_INET || number != EADDRNOTAVAIL { throw SystemError(doing, number) }
    }
    throw SystemError(doing)
}

private func setOptions(of descriptor: Int32, family: Int32, datagrams: Bool) {
    if family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
    if datagrams {
        // IPV6_RECVPKTINFO and IP_PKTINFO: which of our addresses was asked, so that the reply comes from it.
        if family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), 49, 1) } else { set(descriptor, 0, 8, 1) }
    } else {
        set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        // Accepted sockets inherit it: an answer never waits for the acknowledgement of the one before.
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }
}

private func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    _ = unsafe setsockopt(descriptor, level, option, &value, 4)
}

private func bind(_ descriptor: Int32, family: Int32, port: UInt16) -> Bool {
    var any = sockaddr_in6()
    any.sin6_family = sa_family_t(family)
    any.sin6_port = port.bigEndian
    let length = socklen_t(family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size)
    return unsafe withUnsafeBytes(of: any) { any in
        guard let address = unsafe any.assumingMemoryBound(to: sockaddr.self).baseAddress else { return false }
        return unsafe Glibc.bind(descriptor, address, length) == 0
    }
}

/// Removes a file if it is there. The corresponding C function is `unlink`.
func removeFile(_ path: String) { _ = unsafe unlink(path) }

/// A listening stream socket at a path of the file system, for this user alone.
func openSocket(path: String) throws(SystemError) -> Int32 {
    let doing = "listening on \(path)"
    let name = Array(path.utf8)
    var address = sockaddr_un()
    guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { throw SystemError(doing, ENAMETOOLONG) }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
    if descriptor < 0 { throw SystemError(doing) }
    removeFile(path)
    let bound = unsafe withUnsafeBytes(of: address) { bytes in
        guard let address = unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress else { return false }
        return unsafe Glibc.bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
    }
    guard bound, unsafe chmod(path, 0o600) == 0, listen(descriptor, 4096) == 0 else {
        let number = errno
        close(descriptor)
        throw SystemError(doing, number)
    }
    return descriptor
}

/// What came of taking one connection from a listening socket.
enum Acceptance {
    case connection(Int32, Endpoint)
    case none
    /// No descriptor is left for it.
    case full
}

/// Takes the next connection. The corresponding C function is `accept4`.
func accept(from listener: Int32) -> Acceptance {
    var peer = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let descriptor = unsafe accept4(listener, &peer, &length, O_CLOEXEC)
    if descriptor >= 0 { return .connection(descriptor, Endpoint(peer)) }
    return errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS ? .full : .none
}

extension Endpoint {
    /// From what the kernel says of a peer: a `sockaddr_in6`, or a `sockaddr_in` in its place.
    fileprivate init(_ peer: sockaddr_in6) {
        self.init()
        port = UInt16(bigEndian: peer.sin6_port)
        unsafe withUnsafeBytes(of: peer) { bytes in
            if Int32(peer.sin6_family) == AF_INET6 {
                for index in 0..<16 { unsafe address[index] = bytes[8 + index] }
            } else if Int32(peer.sin6_family) == AF_INET {
                setAddress(v4: (0..<4).map { unsafe bytes[4 + $0] })
            }
        }
    }
}

// MARK: - Moving bytes

/// Reads what is there, at most the scratch buffer's size, without waiting. The corresponding C function is `recv`.
func receive(from descriptor: Int32, into scratch: inout [UInt8], atMost limit: Int) -> Transfer {
    unsafe scratch.withUnsafeMutableBytes { buffer in
        let size = min(limit, buffer.count)
        return transfer(unsafe recv(descriptor, buffer.baseAddress, size, Int32(MSG_DONTWAIT)), zeroEnds: true)
    }
}

/// Writes what fits, from an offset on, without waiting. The corresponding C function is `send`.
func send(_ bytes: [UInt8], from offset: Int, to descriptor: Int32) -> Transfer {
    unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[offset...])
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        return transfer(unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, flags), zeroEnds: false)
    }
}

/// Says that nothing more will be sent. The corresponding C call is `shutdown(SHUT_WR)`.
func endSending(on descriptor: Int32) { _ = shutdown(descriptor, Int32(SHUT_WR)) }

/// Closes a descriptor. The corresponding C function is `close`.
func closeDescriptor(_ descriptor: Int32) { close(descriptor) }

/// Answers one datagram, from the address that it was sent to.
///
/// The control message that says where it arrived goes back as the one that says where the reply leaves; only the
/// interface is taken out of it, for the way back is the routing table's to choose.
/// - Returns: how long the datagram was and who sent it; nil when none is waiting.
func answerDatagram(
    on descriptor: Int32, scratch: inout [UInt8], _ reply: ([UInt8], Endpoint) -> [UInt8]?
) -> (length: Int, client: Endpoint)? {
    var peer = sockaddr_in6()
    var result: (Int, Endpoint)?
    unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { control in
        unsafe scratch.withUnsafeMutableBytes { buffer in
            unsafe withUnsafeMutablePointer(to: &peer) { name in
                var part = unsafe iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
                unsafe withUnsafeMutablePointer(to: &part) { part in
                    var message = unsafe msghdr()
                    unsafe message.msg_name = UnsafeMutableRawPointer(name)
                    unsafe message.msg_namelen = socklen_t(MemoryLayout<sockaddr_in6>.size)
                    unsafe message.msg_iov = part
                    unsafe message.msg_iovlen = 1
                    unsafe message.msg_control = control.baseAddress
                    unsafe message.msg_controllen = control.count
                    let length = unsafe recvmsg(descriptor, &message, Int32(MSG_DONTWAIT))
                    if length < 0 { return }
                    let client = unsafe Endpoint(name.pointee)
                    result = (length, client)
                    guard let answer = unsafe reply(Array(buffer.prefix(length)), client) else { return }
                    unsafe buffer.copyBytes(from: answer.prefix(buffer.count))
                    unsafe part.pointee.iov_len = min(answer.count, buffer.count)
                    unsafe message.msg_flags = 0
                    unsafe forgetInterface(
                        in: UnsafeMutableRawBufferPointer(rebasing: control[..<message.msg_controllen]))
                    _ = unsafe sendmsg(descriptor, &message, Int32(MSG_DONTWAIT))
                }
            }
        }
    }
    return result
}

/// Zeroes the interface index of an `in6_pktinfo` (after the address) or `in_pktinfo` (before it).
private func forgetInterface(in control: UnsafeMutableRawBufferPointer) {
    let header = MemoryLayout<cmsghdr>.size
    guard control.count >= header + 12 else { return }
    let isV6 = unsafe control.loadUnaligned(fromByteOffset: 8, as: Int32.self) == Int32(IPPROTO_IPV6)
    let offset = header + (isV6 ? 16 : 0)
    // A link-local address means nothing without its interface.
    if isV6, unsafe control[header] == 0xfe { return }
    guard control.count >= offset + 4 else { return }
    unsafe control.storeBytes(of: 0, toByteOffset: offset, as: UInt32.self)
}

// MARK: - The process

/// A descriptor that is readable when one of the signals has come; they no longer interrupt anything.
func signalDescriptor(_ signals: [Int32]) throws(SystemError) -> Int32 {
    var mask = sigset_t()
    unsafe sigemptyset(&mask)
    for signal in signals { unsafe sigaddset(&mask, signal) }
    unsafe sigprocmask(SIG_BLOCK, &mask, nil)
    _ = signal(SIGPIPE, SIG_IGN)
    let descriptor = unsafe signalfd(-1, &mask, O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw SystemError("listening for signals") }
    return descriptor
}

/// The number of the next signal that has come; nil when there is none.
func nextSignal(from descriptor: Int32) -> Int32? {
    // struct signalfd_siginfo: 128 bytes, the signal's number first.
    unsafe withUnsafeTemporaryAllocation(byteCount: 128, alignment: 8) { buffer in
        guard unsafe read(descriptor, buffer.baseAddress, 128) == 128 else { return nil }
        return Int32(bitPattern: unsafe buffer.load(as: UInt32.self))
    }
}

/// Lets this process have as many descriptors as it may.
func raiseDescriptorLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// Milliseconds of a clock that never goes back.
func monotonicMilliseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
}

/// Seconds since 1970, and the milliseconds beyond them.
func wallTime() -> (seconds: Int, milliseconds: Int) {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return (time.tv_sec, time.tv_nsec / 1_000_000)
}

/// The namespace's host name. The corresponding C function is `gethostname`.
func hostName() -> String {
    var name = [UInt8](repeating: 0, count: 256)
    unsafe name.withUnsafeMutableBytes { name in
        guard let start = unsafe name.assumingMemoryBound(to: CChar.self).baseAddress else { return }
        _ = unsafe gethostname(start, 255)
    }
    return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
}

/// The environment, one NAME=VALUE an item, as it stands in memory.
func environmentEntries() -> [String] {
    var entries: [String] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
        unsafe entries.append(String(cString: entry))
        unsafe next += 1
    }
    return entries
}

/// The value of an environment variable. The corresponding C function is `getenv`.
func environmentValue(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
}

/// Whether writing to a descriptor might wait for somebody to read: true of pipes and terminals.
func mayBlock(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return false }
    return status.st_mode & S_IFMT != S_IFREG
}

/// Writes bytes at once or not at all: what nobody reads is dropped rather than waited for.
func writeWithoutWaiting(_ bytes: [UInt8], to descriptor: Int32, mayBlock: Bool) {
    if mayBlock {
        // A pipe that is ready takes PIPE_BUF (4096) bytes at once, and a line is shorter than that.
        var query = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&query, 1, 0) == 1, query.revents == Int16(POLLOUT) else { return }
    }
    _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
}

/// A buffer whose bytes are whatever memory held: what is not written to is never touched.
func uninitializedBuffer(count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { _, initialized in initialized = count }
}
