// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import NIOCore

extension SessionEnd {
    /// What the client is told on the status stream, as JSON.
    ///
    /// The exit code is where kubectl looks for it: in the cause `ExitCode`.
    var status: ByteBuffer {
        let value: Value =
            switch self {
            case .exited(0): ["metadata": .object([:]), "status": "Success"]
            case .exited(let code):
                [
                    "metadata": .object([:]), "status": "Failure", "reason": "NonZeroExitCode",
                    "details": ["causes": [["reason": "ExitCode", "message": .string(String(code))]]],
                ]
            case .failed(let sentence): SessionEnd.failure(sentence)
            }
        return ByteBuffer(string: value.json())
    }

    /// The same for the first versions of the protocol, which have a sentence only; nil for success.
    var sentence: ByteBuffer? {
        switch self {
        case .exited(0): nil
        case .exited(let code): ByteBuffer(string: "command terminated with non-zero exit code: exit status \(code)")
        case .failed(let sentence): ByteBuffer(string: sentence)
        }
    }

    private static func failure(_ sentence: String) -> Value {
        let inner = "error executing command in container: \(sentence)"
        return [
            "metadata": .object([:]), "status": "Failure", "reason": "InternalError", "code": 500,
            "message": .string("Internal error occurred: \(inner)"),
            "details": ["causes": [["message": .string(inner)]]],
        ]
    }
}

/// Reads the sizes of a client's window: JSON objects `{"Width":80,"Height":24}`, one after the other.
struct WindowSizes {
    private var text: [UInt8] = []

    /// The sizes that are complete with these bytes.
    mutating func read(_ bytes: ByteBuffer) -> [(columns: Int, rows: Int)] {
        text += bytes.readableBytesView
        var sizes: [(columns: Int, rows: Int)] = []
        while let end = text.firstIndex(of: UInt8(ascii: "}")) {
            let value = try? Value(json: Array(text[...end]))
            text.removeSubrange(...end)
            guard let columns = value?["Width"]?.int, let rows = value?["Height"]?.int else { continue }
            sizes.append((Int(columns), Int(rows)))
        }
        // Nothing that is so long is a size.
        if text.count > 1024 { text = [] }
        return sizes
    }
}
