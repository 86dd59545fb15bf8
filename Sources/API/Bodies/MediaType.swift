// SPDX-License-Identifier: Apache-2.0

/// A media type with its parameters, as headers have it: `application/json;as=Table;v=v1;g=meta.k8s.io` (RFC 9110, section 8.3.1).
struct MediaType: Sendable, Hashable {
    /// Type and subtype in lower case, as `application/json`.
    let name: String
    /// The parameters, by their names in lower case.
    let parameters: [String: String]

    init(_ text: some StringProtocol) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { Self.trimmed($0) }
        name = parts[0].lowercased()
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            guard let sign = part.firstIndex(of: "=") else { continue }
            let value = Self.trimmed(part[part.index(after: sign)...])
            parameters[Self.trimmed(part[..<sign]).lowercased()] = String(value.trimming("\""))
        }
        self.parameters = parameters
    }

    /// `q`: from 0 to 1, 1 if it is not given.
    var quality: Double { parameters["q"].flatMap(Double.init) ?? 1 }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var slice = Substring(text)
        while let first = slice.first, first == " " || first == "\t" { slice.removeFirst() }
        while let last = slice.last, last == " " || last == "\t" { slice.removeLast() }
        return String(slice)
    }
}

extension String {
    fileprivate func trimming(_ quote: Character) -> Substring {
        count >= 2 && first == quote && last == quote ? dropFirst().dropLast() : self[...]
    }
}
