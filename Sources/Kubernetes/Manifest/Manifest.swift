// SPDX-License-Identifier: Apache-2.0

/// Kubernetes manifests as text: YAML with any number of documents, or JSON.
public enum Manifest {
    /// The most bytes that a file may have: 16 MiB.
    public static let sizeLimit = 16 << 20

    /// How many levels deep values may be nested.
    public static let depthLimit = 100

    /// Reads every object of a file; `kind: List` gives its items, and empty documents give nothing.
    ///
    /// - Parameter file: the name to give in errors.
    /// - Throws: a refusal with `file:line:column` of each fault. A file is refused whole.
    public static func read(_ bytes: [UInt8], file: String) throws(ManifestError) -> [Document] {
        let text = try ManifestText.check(bytes, file: file)
        let roots = try located(text, bytes, file: file)
        var documents: [Document] = []
        var faults: [Refusal.Fault] = []
        for root in roots {
            let document = Document(object: Object(root.value), source: Source(file: file, root: root.positions))
            let problems = header(of: root.value)
            faults += problems.map {
                Refusal.Fault($0, object: named(document.object), at: document.source.place(of: $0.path))
            }
            if problems.isEmpty { documents.append(document) }
        }
        faults += duplicates(documents)
        guard faults.isEmpty else { throw Refusal(faults) }
        return documents
    }

    /// The faults of objects that several documents describe, of one file or of several read together.
    public static func duplicates(_ documents: [Document]) -> [Refusal.Fault] {
        var first: [ObjectKey: Source] = [:]
        var faults: [Refusal.Fault] = []
        for document in documents where !document.object.name.isEmpty {
            var key = document.object.key
            if key.namespace.isEmpty, Resource.of(kind: key.kind)?.isNamespaced == true { key.namespace = "default" }
            guard let earlier = first.updateValue(document.source, forKey: key) else { continue }
            first[key] = earlier
            let detail = "the same object stands at \(earlier.place(of: "metadata.name")) already"
            let problem = Problem("metadata.name", .duplicate, value: key.name.quoted, detail)
            faults.append(.init(problem, object: document.object.key, at: document.source.place(of: "metadata.name")))
        }
        return faults
    }

    private static func located(_ text: String, _ bytes: [UInt8], file: String) throws(Refusal) -> [LocatedValue] {
        if let first = bytes.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }), first == UInt8(ascii: "{") {
            do {
                return try JSONReader.read(bytes, file: file).flatMap { $0.items() }
            } catch {
                // `{a: b}` is YAML's flow style: what it cannot read either is reported as YAML.
                if error.isFinal { throw error.refusal(file: file) }
            }
        }
        var reader = YAMLReader(file: file, size: bytes.count)
        return try reader.read(text).flatMap { $0.items() }
    }

    private static func named(_ object: Object) -> ObjectKey? { object.kind.isEmpty ? nil : object.key }
}
