// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A plain blocking connection to a port of the loopback interface; no read waits longer than ten seconds.
final class Client {
    /// One response, taken apart.
    struct Response {
        var status: Int
        var head: String
        var body: String

        /// Whether the head has a line, whatever its case.
        func says(_ line: String) -> Bool {
            head.lowercased().split(whereSeparator: \.isNewline).contains { $0 == line.lowercased() }
        }
    }

    let descriptor: Int32
    private var unread: [UInt8] = []

    init(_ port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        if descriptor < 0 { throw SetupError("opening a socket") }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard connectToLoopback(descriptor, port) else { throw SetupError("connecting to port \(port)") }
    }

    deinit { close(descriptor) }

    /// What the responder sees as the client: `127.0.0.1:PORT`.
    var address: String {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
        }
        return "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends a GET and reads its response.
    func get(_ target: String, _ fields: String...) -> Response? {
        send("GET \(target) HTTP/1.1\r\nHost: lab\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n")
        return response()
    }

    /// The next response; nil when the connection ends or ten seconds pass without one.
    func response(toHead isHead: Bool = false) -> Response? {
        var end = endOfHead()
        while end == nil {
            guard receive() else { return nil }
            end = endOfHead()
        }
        guard let end else { return nil }
        let head = String(decoding: unread[..<end], as: UTF8.self)
        unread.removeFirst(end)
        guard let status = head.split(separator: " ").dropFirst().first.flatMap({ Int($0.prefix(3)) }) else {
            return nil
        }
        if status == 100 { return response(toHead: isHead) }
        let length = isHead ? 0 : contentLength(head)
        while unread.count < length { guard receive() else { return nil } }
        defer { unread.removeFirst(length) }
        return Response(status: status, head: head, body: String(decoding: unread[..<length], as: UTF8.self))
    }

    /// Whether the other side has closed and sent nothing more that is unread.
    func hasEnded() -> Bool { !receive() && unread.isEmpty }

    private func receive() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 { unread += buffer[..<count] }
        return count > 0
    }

    private func endOfHead() -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard unread.count >= 4 else { return nil }
        return (4...unread.count).first { unread[($0 - 4)..<$0].elementsEqual(mark) }
    }

    private func contentLength(_ head: String) -> Int {
        for line in head.split(whereSeparator: \.isNewline) {
            let halves = line.split(separator: ":", maxSplits: 1)
            if halves.count == 2, halves[0].lowercased() == "content-length" {
                return Int(halves[1].drop { $0 == " " }) ?? 0
            }
        }
        return 0
    }
}

private func connectToLoopback(_ descriptor: Int32, _ port: UInt16, host: UInt32 = 1) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = (0x7f00_0000 + host).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

/// Sends one datagram to 127.0.0.2 from a connected socket, which takes replies only from the address that it asked;
/// left to itself, the kernel would have the reply come from 127.0.0.1.
func exchangeDatagram(_ text: String, _ port: UInt16) throws -> String? {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
    defer { close(descriptor) }
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    guard connectToLoopback(descriptor, port, host: 2) else { throw SetupError("connecting to UDP port \(port)") }
    let bytes = Array(text.utf8)
    guard send(descriptor, bytes, bytes.count, 0) == bytes.count else { return nil }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
}
