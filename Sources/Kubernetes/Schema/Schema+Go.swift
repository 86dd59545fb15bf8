// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// What Go's JSON decoder says of a value that is not accepted: `json: cannot unmarshal string into Go struct
    /// field ServicePort.spec.ports.port of type int32`.
    ///
    /// - Parameter field: the struct, and the names of the fields that lead to the value.
    func goComplaint(of value: Value, field: String) -> String {
        switch (self, value) {
        case (.quantity, _): Self.quantityRule
        case (.bytes, .string(let text)): "illegal base64 data at input byte \(Base64.fault(in: text) ?? 0)"
        case (.time, .string(let text)): GoTime.complaint(of: text, layout: "2006-01-02T15:04:05Z07:00")
        case (.microTime, .string(let text)): GoTime.complaint(of: text, layout: "2006-01-02T15:04:05.000000Z07:00")
        default: "json: cannot unmarshal \(jsonType(of: value)) into Go struct field \(field) of type \(decodedType)"
        }
    }

    /// The JSON type of a value in Go's errors; a number that does not fit is named itself.
    private func jsonType(of value: Value) -> String {
        switch (self, value) {
        case (.int, .int), (.int, .double), (.intOrString, .int), (.intOrString, .double): "number \(value.json())"
        default: value.jsonType
        }
    }

    /// The Go type that a value is decoded into: the type's own, or what its `UnmarshalJSON` reads first.
    private var decodedType: String {
        switch self {
        case .intOrString: "int32"
        case .time, .microTime: "string"
        default: goType
        }
    }

    /// The type in Go's notation: `[]v1.ServicePort`, `map[string]string`.
    var goType: String {
        switch self {
        case .string: "string"
        case .int(let bits): "int\(bits)"
        case .bool: "bool"
        case .intOrString: "intstr.IntOrString"
        case .quantity: "resource.Quantity"
        case .time: "v1.Time"
        case .microTime: "v1.MicroTime"
        case .bytes: "[]uint8"
        case .raw: "runtime.RawExtension"
        case .any: "interface {}"
        case .list(let element): "[]\(element.goType)"
        case .map(.quantity): "v1.ResourceList"
        case .map(let element): "map[string]\(element.goType)"
        // Go knows a package by the last part of its path: `v1.ServicePort`.
        case .object(let name), .word(let name): name.split(separator: ".").suffix(2).joined(separator: ".")
        }
    }
}

/// Where Go's `time.Parse` gives up on a text.
enum GoTime {
    /// `parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"`.
    static func complaint(of text: String, layout: String) -> String {
        "parsing time \(text.quoted) as \(layout.quoted)\(fault(of: text))"
    }

    /// The parts of the layout, and how many digits stand for each; 0 for one that is there word for word.
    private static let parts: [(text: String, digits: Int)] = [
        ("2006", 4), ("-", 0), ("01", 2), ("-", 0), ("02", 2), ("T", 0), ("15", 2), (":", 0), ("04", 2), (":", 0),
        ("05", 2),
    ]

    private static let ranges: [String: (ClosedRange<Int>, String)] = [
        "01": (1...12, "month"), "02": (1...31, "day"), "15": (0...23, "hour"), "04": (0...59, "minute"),
        "05": (0...59, "second"),
    ]

    private static func fault(of text: String) -> String {
        var rest = Substring(text)
        for part in parts {
            let piece = rest.prefix(part.digits == 0 ? part.text.count : part.digits)
            let fits = part.digits == 0 ? piece == part.text : piece.count == part.digits && isNumber(piece)
            guard fits else { return ": cannot parse \(String(rest).quoted) as \(part.text.quoted)" }
            if let (range, name) = ranges[part.text], let number = Int(piece), !range.contains(number) {
                return ": \(name) out of range"
            }
            rest = rest.dropFirst(piece.count)
        }
        return ": cannot parse \(String(rest).quoted) as \"Z07:00\""
    }

    private static func isNumber(_ text: Substring) -> Bool { text.utf8.allSatisfy { 48...57 ~= $0 } }
}
