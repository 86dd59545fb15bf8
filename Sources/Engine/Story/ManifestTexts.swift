// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The texts of the manifests that a lab's objects were written in, as far as a story may tell them.
///
/// A story goes to whoever it is given to: a file with a Secret in it is left out whole. So are files beyond a megabyte in all,
/// which the daemon would have to keep.
struct ManifestTexts: Sendable {
    /// So many bytes of text are kept.
    private static let most = 1 << 20

    /// The texts by the files' names, as the user gave them.
    private(set) var byFile: [String: String] = [:]
    /// The files that were left out.
    private var leftOut: Set<String> = []

    /// None.
    init() {}

    /// Keeps what a file says, in the place of what one of the same name said before.
    mutating func keep(_ file: InputFile, _ documents: some Sequence<Document>) {
        let hasSecret = documents.contains { $0.object.kind == "Secret" }
        keep(file.name, hasSecret ? nil : String(decoding: file.bytes, as: UTF8.self))
    }

    /// Keeps what other files say, too.
    mutating func keep(_ others: ManifestTexts) {
        for name in others.leftOut.sorted() { keep(name, nil) }
        for (name, text) in others.byFile.sorted(by: { $0.key < $1.key }) { keep(name, text) }
    }

    private mutating func keep(_ name: String, _ text: String?) {
        byFile[name] = nil
        leftOut.insert(name)
        let known = byFile.values.reduce(0) { $0 + $1.utf8.count }
        guard let text, known + text.utf8.count <= ManifestTexts.most else { return }
        byFile[name] = text
        leftOut.remove(name)
    }

    /// What a story tells of them.
    var storyFields: [Value] {
        byFile.sorted { $0.key < $1.key }.map { ["file": .string($0.key), "text": .string($0.value)] }
    }
}
