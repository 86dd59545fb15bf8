// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// What came of trying to connect.
enum ConnectionTrial {
    case connected
    case timeout
    case refused
    case other(String)
}

/// Connects to an address and port by TCP, and lets go. The corresponding C function is `connect`.
func tryToConnect(to address: String, port: UInt16, milliseconds: Int32) -> ConnectionTrial {
    var v4 = sockaddr_in()
    var v6 = sockaddr_in6()
    let isV6 = address.contains(":")
    v4.sin_family = sa_family_t(AF_INET)
    v4.sin_port = port.bigEndian
    v6.sin6_family = sa_family_t(AF_INET6)
    v6.sin6_port = port.bigEndian
    let isRead =
        isV6 ? unsafe inet_pton(AF_INET6, address, &v6.sin6_addr) : unsafe inet_pton(AF_INET, address, &v4.sin_addr)
    guard isRead == 1 else { return .other("\(address) is no address") }
    let kind = Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK
    let descriptor = socket(isV6 ? AF_INET6 : AF_INET, kind, 0)
    guard descriptor >= 0 else { return .other(unsafe String(cString: strerror(errno))) }
    defer { close(descriptor) }
    let code =
        isV6
        ? unsafe withUnsafeBytes(of: v6) { unsafe connect(descriptor, $0) }
        : unsafe withUnsafeBytes(of: v4) { unsafe connect(descriptor, $0) }
    if code == 0 { return .connected }
    guard errno == EINPROGRESS else { return trial(errno) }
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard unsafe poll(&entry, 1, milliseconds) > 0 else { return .timeout }
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
    return trial(error)
}

private func connect(_ descriptor: Int32, _ name: UnsafeRawBufferPointer) -> Int32 {
    guard let base = unsafe name.bindMemory(to: sockaddr.self).baseAddress else { return -1 }
    return unsafe Glibc.connect(descriptor, base, socklen_t(name.count))
}

private func trial(_ error: Int32) -> ConnectionTrial {
    switch error {
    case 0: .connected
    case ECONNREFUSED: .refused
    case ETIMEDOUT: .timeout
    default: .other(unsafe String(cString: strerror(error)))
    }
}

/// The bytes of a regular file, at most so many; nil if there is none. The corresponding C functions are `open` and `read`.
func fileBytes(_ path: String, limit: Int = 8 << 20) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < limit {
        let count = unsafe read(descriptor, &chunk, min(chunk.count, limit - bytes.count))
        guard count > 0 else { break }
        bytes += chunk[..<count]
    }
    return bytes
}
