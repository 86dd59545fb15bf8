// SPDX-License-Identifier: Apache-2.0
import Foundation
import Net
import Testing

@Suite struct PacketFileTests {
    /// An Ethernet frame of a TCP connection's first packet, 10.244.0.2:40000 to 10.96.0.10:80.
    private static let syn: [UInt8] =
        [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]
        + [0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 244, 0, 2, 10, 96, 0, 10]
        + [0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0]

    private static let time: UInt64 = 1_763_769_600_123_456_789

    @Test func `the first block says what the file is, in the draft's own order of bytes`() {
        #expect(
            PacketFile.begin(program: "lab", comment: "a trace") == [
                0x0a, 0x0d, 0x0d, 0x0a, 52, 0, 0, 0,  // Section Header Block, its length
                0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,  // byte order magic, version 1.0
                255, 255, 255, 255, 255, 255, 255, 255,  // a section of unknown length
                1, 0, 7, 0, 97, 32, 116, 114, 97, 99, 101, 0,  // opt_comment "a trace", padded
                4, 0, 3, 0, 108, 97, 98, 0,  // shb_userappl "lab", padded
                0, 0, 0, 0, 52, 0, 0, 0,  // opt_endofopt, the length again
            ])
    }

    @Test func `an interface is described once, before its first packet`() {
        var file = PacketFile()
        let frame = PacketFile.Frame("edge/p1", time: 0x0102_0304_0506_0708, [9, 8, 7], length: 60, .incoming)
        let description: [UInt8] = [
            1, 0, 0, 0, 44, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // Interface Description Block of Ethernet
            2, 0, 7, 0, 101, 100, 103, 101, 47, 112, 49, 0,  // if_name "edge/p1"
            9, 0, 1, 0, 9, 0, 0, 0,  // if_tsresol: 10 to the power of -9 seconds
            0, 0, 0, 0, 44, 0, 0, 0,
        ]
        let packet: [UInt8] = [
            6, 0, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0,  // Enhanced Packet Block of interface 0
            4, 3, 2, 1, 8, 7, 6, 5, 3, 0, 0, 0, 60, 0, 0, 0,  // time high, low; kept, length
            9, 8, 7, 0, 2, 0, 4, 0, 1, 0, 0, 0,  // the bytes, padded; epb_flags: incoming
            0, 0, 0, 0, 48, 0, 0, 0,
        ]
        #expect(file.add(frame) == description + packet)
        #expect(file.add(frame) == packet)
    }

    @Test func `a comment that is too long is cut between two characters`() throws {
        var file = PacketFile()
        let comment = String(repeating: "→", count: 30_000)
        let bytes = file.add(.init("eth0", time: 0, [], .outgoing, comments: [comment]))
        let kept = String(decoding: bytes, as: UTF8.self).count { $0 == "→" }
        #expect(kept == 65_535 / 3)
        #expect(bytes.count % 4 == 0)
    }

    /// Fields of a file's packets, as tshark reads them: a line a packet.
    private func read(_ bytes: [UInt8], _ fields: [String]) throws -> [String] {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).pcapng")
        try Data(bytes).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["tshark", "-n", "-r", path.path, "-T", "fields", "-E", "aggregator=|"] + fields.flatMap { ["-e", $0] }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return text.split(separator: "\n").map(String.init)
    }

    private static let hasShark = FileManager.default.isExecutableFile(atPath: "/usr/bin/tshark")

    @Test(.enabled(if: hasShark, "this reads with tshark: scripts/setup"))
    func `tshark reads interfaces, times to the nanosecond, and every comment`() throws {
        var file = PacketFile()
        var bytes = PacketFile.begin(program: "lab", comment: "a trace")
        let comments = [
            "1 node-1: finds { tcp . 80 }, which is Service web/hello (hello.yaml:31)", "2 node-1: → 10.244.1.3",
        ]
        bytes += file.add(.init("node-1/eth0", time: Self.time, Self.syn, .outgoing, comments: comments))
        bytes += file.add(.init("edge/node-1", time: Self.time + 1000, Self.syn, .incoming))
        let lines = try read(
            bytes,
            ["frame.interface_name", "frame.time_epoch", "frame.packet_flags_direction", "ip.dst", "frame.comment"])
        #expect(
            lines == [
                "node-1/eth0\t1763769600.123456789\t0x00000002\t10.96.0.10\t" + comments.joined(separator: "|"),
                "edge/node-1\t1763769600.123457789\t0x00000001\t10.96.0.10\t",
            ])
    }
}
