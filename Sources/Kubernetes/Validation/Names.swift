// SPDX-License-Identifier: Apache-2.0

/// Kubernetes' rules for names, in Kubernetes' own words: each function gives what is wrong with a text, nothing if it
/// is right.
enum Names {
    /// A lowercase RFC 1123 label. The corresponding Go function is `IsDNS1123Label`.
    static func label(_ text: String) -> [String] {
        var faults = tooLong(text, 63)
        if !isLabel(text[...]) {
            let hasOnlyDots = text.utf8.count <= 253 && isSubdomain(text)
            faults.append(hasOnlyDots ? "must not contain dots" : labelRule)
        }
        return faults
    }

    /// A lowercase RFC 1123 subdomain. The corresponding Go function is `IsDNS1123Subdomain`.
    static func subdomain(_ text: String) -> [String] {
        tooLong(text, 253) + (isSubdomain(text) ? [] : [subdomainRule])
    }

    /// The name of a port. The corresponding Go function is `IsValidPortName`.
    static func port(_ text: String) -> [String] {
        var faults = tooLong(text, 15)
        if text.isEmpty || !text.utf8.allSatisfy({ isLower($0) || $0 == dash }) {
            faults.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        }
        if !text.utf8.contains(where: { 97...122 ~= $0 }) { faults.append("must contain at least one letter (a-z)") }
        if text.contains("--") { faults.append("must not contain consecutive hyphens") }
        if text.hasPrefix("-") || text.hasSuffix("-") { faults.append("must not begin or end with a hyphen") }
        return faults
    }

    /// The key of a label or an annotation. The corresponding Go function is `IsQualifiedName`.
    static func qualified(_ text: String) -> [String] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let name = parts.last else {
            return [
                "a valid label key " + qualifiedRule
                    + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ]
        }
        var faults: [String] = []
        if parts.count == 2 {
            let prefix = parts[0]
            faults = prefix.isEmpty ? ["prefix part must be non-empty"] : subdomain(prefix).map { "prefix part " + $0 }
        }
        if name.isEmpty { return faults + ["name part must be non-empty"] }
        faults += tooLong(name, 63).map { "name part " + $0 }
        return faults + (isQualified(name) ? [] : ["name part " + qualifiedRule])
    }

    /// The value of a label. The corresponding Go function is `IsValidLabelValue`.
    static func labelValue(_ text: String) -> [String] {
        tooLong(text, 63) + (text.isEmpty || isQualified(text) ? [] : [labelValueRule])
    }

    /// Labels at a path: each key and each value. The corresponding Go function is `ValidateLabels`.
    static func labels(_ labels: [String: String], _ path: String) -> [Problem] {
        labels.sorted { $0.key < $1.key }.flatMap { key, value in
            qualified(key).map { Problem(path, .invalid, value: key.quoted, $0) }
                + labelValue(value).map { Problem(path, .invalid, value: value.quoted, $0) }
        }
    }

    private static let dash = UInt8(ascii: "-")

    private static func tooLong(_ text: String, _ limit: Int) -> [String] {
        text.utf8.count > limit ? ["must be no more than \(limit) characters"] : []
    }

    private static func isLower(_ byte: UInt8) -> Bool { 97...122 ~= byte || 48...57 ~= byte }

    private static func isLetter(_ byte: UInt8) -> Bool { isLower(byte) || 65...90 ~= byte }

    private static func isLabel(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isLower(first), isLower(last) else {
            return false
        }
        return text.utf8.allSatisfy { isLower($0) || $0 == dash }
    }

    private static func isSubdomain(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel($0) }
    }

    private static func isQualified(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isLetter(first), isLetter(last) else {
            return false
        }
        return text.utf8.allSatisfy { isLetter($0) || $0 == dash || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
    }

    private static let labelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        + "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

    private static let subdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + #"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#

    private static let qualifiedRule =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
        + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

    private static let labelValueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
        + "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
}
