// SPDX-License-Identifier: Apache-2.0

// HTTP is bytes: names and values are compared and written as they came, and never become strings on the way.

extension [UInt8] {
    mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    mutating func append(decimal number: Int) { append(String(number)) }

    /// A number in decimal with leading zeros, as dates have them.
    mutating func append(decimal number: Int, width: Int) {
        let digits = String(number)
        for _ in 0..<Swift.max(0, width - digits.utf8.count) { append(UInt8(ascii: "0")) }
        append(digits)
    }

    /// Text that stands for itself within HTML.
    mutating func append(html text: some Sequence<UInt8>) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): append("&amp;")
            case UInt8(ascii: "<"): append("&lt;")
            case UInt8(ascii: ">"): append("&gt;")
            case UInt8(ascii: "\""): append("&quot;")
            case UInt8(ascii: "'"): append("&#39;")
            default: append(byte)
            }
        }
    }

    /// A JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
    mutating func append(json text: some Sequence<UInt8>) {
        append(UInt8(ascii: "\""))
        for byte in String(decoding: Array(text), as: UTF8.self).utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0..<0x20:
                append("\\u00")
                append(hexadecimal: byte)
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Text on one line of a log, in quotes or not: what is not printable ASCII is written as `\xNN`.
    mutating func append(log text: some Sequence<UInt8>) {
        for byte in text {
            if byte < 0x20 || byte > 0x7e || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                append("\\x")
                append(hexadecimal: byte)
            } else {
                append(byte)
            }
        }
    }

    private mutating func append(hexadecimal byte: UInt8) {
        for digit in [byte >> 4, byte & 15] { append(digit < 10 ? digit + 0x30 : digit + 0x57) }
    }
}

extension Sequence<UInt8> {
    /// Whether two names are the same but for the case of their ASCII letters, as header names are compared.
    func matches(_ name: String) -> Bool {
        elementsEqual(name.utf8) { $0.lowercase == $1.lowercase }
    }
}

extension UInt8 {
    var lowercase: UInt8 { self >= 0x41 && self <= 0x5a ? self | 0x20 : self }

    var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    /// The value of a hexadecimal digit.
    var hexadecimalValue: Int? {
        switch lowercase {
        case 0x30...0x39: Int(self) - 0x30
        case 0x61...0x66: Int(lowercase) - 0x57
        default: nil
        }
    }

    /// Whether it may stand in a method or a header's name (RFC 9110 section 5.6.2, `tchar`).
    var isToken: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c, 0x7e: true
        default: false
        }
    }
}

/// The value of a parameter of a query string, percent-decoded; nil when it is not there.
func queryValue(_ name: String, in query: some Collection<UInt8>) -> [UInt8]? {
    for pair in query.split(separator: UInt8(ascii: "&")) {
        let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        if percentDecoded(halves[0]).elementsEqual(name.utf8) {
            return halves.count > 1 ? percentDecoded(halves[1]) : []
        }
    }
    return nil
}

/// What `%41` and `+` stand for in a query string; a percent sign without two digits stands for itself.
func percentDecoded(_ text: some Collection<UInt8>) -> [UInt8] {
    var decoded: [UInt8] = []
    let bytes = Array(text)
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = bytes[index + 1].hexadecimalValue,
            let low = bytes[index + 2].hexadecimalValue
        {
            decoded.append(UInt8(high * 16 + low))
            index += 3
        } else {
            decoded.append(bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
            index += 1
        }
    }
    return decoded
}
