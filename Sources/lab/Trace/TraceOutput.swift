// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux

/// What becomes of journeys as they come: text or lines of JSON, and packets in a file.
final class TraceOutput {
    private let format: OutputFormat
    /// Standard output (1), or standard error (2) where standard output is somebody else's.
    private let raw: Int32
    private var file: TraceFile?
    private(set) var count = 0
    private(set) var unpredicted = 0

    /// - Parameters:
    ///   - isBesideCommand: whether a command has standard output for itself.
    ///   - file: where packets go; `-` for standard output.
    init(_ format: OutputFormat, isBesideCommand: Bool, file path: String?) throws {
        self.format = format
        raw = isBesideCommand || path == "-" ? 2 : 1
        file = try path.map { try TraceFile($0) }
    }

    /// Shows one journey.
    func take(_ journey: Value) throws {
        count += 1
        if journey["agreement"]?.text("verdict") == "differs" { unpredicted += 1 }
        try file?.add(journey, number: count)
        guard format == .text else {
            var journey = journey
            // Bytes are for the file of packets.
            journey["frames"] = nil
            return write(journey.json())
        }
        write((count == 1 ? "" : "\n") + TraceText(journey, number: count, on: raw).text)
    }

    /// A sentence at the end, for people; programs that read lines of JSON get journeys only.
    func conclude(_ sentence: String) {
        guard format == .text else { return }
        write("\n" + sentence)
    }

    private func write(_ text: String) { Program.write(raw, text + "\n") }
}
