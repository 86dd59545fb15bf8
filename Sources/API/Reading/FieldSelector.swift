// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Conditions on fields, all of which must hold: `metadata.name=web,status.phase!=Running`. The corresponding Go type is
/// `fields.Selector`.
struct FieldSelector: Sendable, Hashable {
    /// One condition.
    struct Requirement: Sendable, Hashable {
        var field: String
        var isEqual: Bool
        var value: String
    }

    /// All conditions, in order.
    var requirements: [Requirement] = []

    /// One that everything meets.
    init() {}

    /// Reads the text of a selector. A comma, equals sign or backslash within a value has a backslash before it.
    init(_ text: String) throws(Status) {
        for term in Self.terms(text) where !term.isEmpty {
            guard let (field, sign, rest) = Self.split(term) else {
                throw Status(.badRequest, "invalid selector: '\(text)'; can't understand '\(term)'")
            }
            guard let value = Self.unescaped(rest) else {
                throw Status(.badRequest, "invalid field selector: invalid escape sequence in '\(rest)'")
            }
            requirements.append(Requirement(field: field, isEqual: sign != "!=", value: value))
        }
    }

    /// The value that a field must have; nil if it may have any.
    func value(of field: String) -> String? { requirements.first { $0.field == field && $0.isEqual }?.value }

    private static func terms(_ text: String) -> [String] {
        var terms = [""]
        var isEscaped = false
        for character in text {
            if character == ",", !isEscaped {
                terms.append("")
            } else {
                terms[terms.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return terms
    }

    private static func split(_ term: String) -> (String, String, String)? {
        for index in term.indices {
            for sign in ["!=", "==", "="] where term[index...].hasPrefix(sign) {
                return (String(term[..<index]), sign, String(term[index...].dropFirst(sign.count)))
            }
        }
        return nil
    }

    private static func unescaped(_ text: String) -> String? {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                guard "\\,=".contains(character) else { return nil }
                result.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," || character == "=" {
                return nil
            } else {
                result.append(character)
            }
        }
        return isEscaped ? nil : result
    }
}
