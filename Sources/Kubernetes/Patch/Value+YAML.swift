// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// The value of YAML text of one document, with the bounds that manifests have.
    /// - Throws: the first fault; text of no or of several documents is one.
    public init(yaml bytes: [UInt8]) throws(Refusal) {
        let text = try ManifestText.check(bytes, file: "body")
        var reader = YAMLReader(file: "body", size: bytes.count)
        let documents = try reader.read(text)
        guard documents.count == 1, let document = documents.first else {
            throw Refusal(
                syntax: "one document is expected, not \(documents.count)",
                at: Place("body", Position(line: 1, column: 1)))
        }
        self = document.value
    }
}
