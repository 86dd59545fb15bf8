// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// The value as JSON text with sorted keys; `pretty` indents by two blanks, as kubectl does.
    public func json(pretty: Bool = false) -> String {
        var text = ""
        write(to: &text, indent: pretty ? 0 : nil)
        return text
    }

    private func write(to text: inout String, indent: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += String(value)
        case .double(let value): text += value.isFinite ? value.description : "null"
        case .string(let value): value.appendJSON(to: &text)
        case .array(let elements):
            Self.write(elements, "[", "]", to: &text, indent) { $0.write(to: &$1, indent: $2) }
        case .object(let fields):
            Self.write(fields.sorted { $0.key < $1.key }, "{", "}", to: &text, indent) { field, text, inner in
                field.key.appendJSON(to: &text)
                text += inner == nil ? ":" : ": "
                field.value.write(to: &text, indent: inner)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], _ start: String, _ end: String, to text: inout String, _ indent: Int?,
        _ body: (Element, inout String, Int?) -> Void
    ) {
        text += start
        let inner = indent.map { $0 + 2 }
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            newLine(&text, inner)
            body(element, &text, inner)
        }
        if !elements.isEmpty { newLine(&text, indent) }
        text += end
    }

    private static func newLine(_ text: inout String, _ indent: Int?) {
        guard let indent else { return }
        text += "\n"
        for _ in 0..<indent { text += " " }
    }
}

extension String {
    /// The text in double quotes with JSON's escapes.
    var quoted: String {
        var text = ""
        appendJSON(to: &text)
        return text
    }

    fileprivate func appendJSON(to text: inout String) {
        text += "\""
        if utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c }) {
            for scalar in unicodeScalars { Self.appendEscaped(scalar, to: &text) }
        } else {
            text += self
        }
        text += "\""
    }

    private static func appendEscaped(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: text.unicodeScalars.append(scalar)
        }
    }
}
