// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

// The responder's helper: speaks TLS on the ports that ask for it, and pipes what it deciphers to the responder.

private let usage = "usage: responder-tls --tls PORT[,PORT…] --socket PATH [--name NAME] [--lifeline]\n"

private func fail(_ text: String, code: Int32 = 1) -> Never {
    let line = Array("responder-tls: \(text)\n".utf8)
    _ = unsafe line.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    exit(code)
}

/// What the command line says.
private struct Options {
    var ports: [Int] = []
    var socket = "/tmp/.responder.sock"
    var name = "localhost"
    /// Whether the end of standard input means that the responder has gone.
    var hasLifeline = false

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "--lifeline" {
                hasLifeline = true
                continue
            }
            guard let value = rest.popFirst() else { fail("\(word) wants a value\n\(usage)", code: 2) }
            switch word {
            case "--tls":
                ports = value.split(separator: ",").map { word in
                    guard let port = UInt16(word) else { fail("\(word) is not a port\n\(usage)", code: 2) }
                    return Int(port)
                }
            case "--socket": socket = value
            case "--name": name = value
            default: fail("unknown option \(word)\n\(usage)", code: 2)
            }
        }
        if ports.isEmpty { fail("no port to serve\n\(usage)", code: 2) }
    }
}

/// How many connections the descriptor limit allows: two descriptors each, and a few for the process.
private func connectionLimit() -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 400 }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return max(16, (Int(clamping: limit.rlim_cur) - 32) / 2)
}

/// Calls back when standard input ends.
private final class Lifeline: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let ended: () -> Void
    init(_ ended: @escaping () -> Void) { self.ended = ended }
    func channelInactive(context: ChannelHandlerContext) { ended() }
}

private func serve(_ options: Options, on loop: any EventLoop) throws {
    let settings = try NIOSSLContext(configuration: selfSignedConfiguration(name: options.name))
    let terminator = Terminator(
        on: loop, settings: settings, socketPath: options.socket, limit: connectionLimit())
    for port in options.ports {
        terminator.listen(on: port) { error in fail("listening on port \(port): \(error)") }
    }
    guard options.hasLifeline else { return }
    let bound = NIOLoopBound(terminator, eventLoop: loop)
    NIOPipeBootstrap(group: loop)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    Lifeline { bound.value.end { exit(0) } })
            }
        }
        .takingOwnershipOfDescriptor(input: 0)
        .whenFailure { error in fail("watching standard input: \(error)") }
}

private let options = Options(Array(CommandLine.arguments.dropFirst()))
MultiThreadedEventLoopGroup.withCurrentThreadAsEventLoop { loop in
    do { try serve(options, on: loop) } catch { fail("\(error)") }
}
