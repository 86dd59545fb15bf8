// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The words in which Go's `encoding/json` says why text is no JSON, as clients of a real API server read them.
enum GoJSONError {
    /// The sentence for a fault at its place.
    static func text(_ error: JSONError, _ body: [UInt8]) -> String {
        guard error.offset < body.count else { return "unexpected end of JSON input" }
        let rest = body[error.offset...]
        guard let byte = rest.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) else {
            return "unexpected end of JSON input"
        }
        return "invalid character \(quoted(byte)) \(place(error.detail))"
    }

    private static func place(_ detail: String) -> String {
        let places = [
            ("after the end", "after top-level value"),
            ("name in quotes", "looking for beginning of object key string"),
            ("colon", "after object key"), ("comma or }", "after object key:value pair"),
            ("comma or ]", "after array element"), ("control character", "in string literal"),
            ("escape", "in string escape code"), ("digit", "in numeric literal"), ("no number", "in numeric literal"),
        ]
        return places.first { detail.contains($0.0) }?.1 ?? "looking for beginning of value"
    }

    private static func quoted(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "'"): #"'\''"#
        case UInt8(ascii: "\""): #"'"'"#
        case UInt8(ascii: "\n"): #"'\n'"#
        case 0x20..<0x7f: "'\(Character(Unicode.Scalar(byte)))'"
        default: #"'\x"# + (byte < 16 ? "0" : "") + String(byte, radix: 16) + "'"
        }
    }
}
