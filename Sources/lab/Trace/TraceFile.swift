// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux
internal import Net

/// The packets of traced journeys, in a file for Wireshark: beside each, the hops that made it what it is.
struct TraceFile {
    private let path: String?
    private var packets = PacketFile()

    /// Begins a file; `-` is standard output.
    init(_ path: String) throws {
        self.path = path == "-" ? nil : path
        let head = PacketFile.begin(
            program: "lab \(LabVersion.text)",
            comment:
                "Packets of a lab, as they passed both ends of its links. The first packet of each connection, and of "
                + "the answer, tells of its hops: the rule as nft prints it, and the line of the manifest behind it.")
        if let path = self.path { try File.write(path, bytes: head) } else { try File.writeAll(1, head, "output") }
    }

    /// Adds the packets of a journey.
    mutating func add(_ journey: Value, number: Int) throws {
        let comments = TraceComments(journey, number: number)
        let bytes = (journey["frames"]?.elements ?? []).flatMap { frame in
            packets.add(
                PacketFile.Frame(
                    "\(frame.text("namespace")) \(frame.text("interface"))",
                    time: UInt64(clamping: frame["time"]?.int ?? 0), TraceFile.bytes(frame.text("bytes")),
                    length: frame["length"]?.int, frame.text("direction") == "in" ? .incoming : .outgoing,
                    comments: comments.beside(frame)))
        }
        guard let path else { return try File.writeAll(1, bytes, "output") }
        try File.append(path, bytes: bytes)
    }

    /// The bytes of hexadecimal digits.
    private static func bytes(_ text: String) -> [UInt8] {
        func digit(_ byte: UInt8) -> UInt8 { byte < 58 ? byte &- 48 : byte &- 87 }
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map { digit(digits[$0]) << 4 | digit(digits[$0 + 1]) & 15 }
    }
}
