// SPDX-License-Identifier: Apache-2.0

/// The positions of all fields of one object, in the order of the text: some four bytes a field, for a lab keeps them of
/// every object that a manifest has.
struct PositionTree: Sendable {
    /// A field or an element of a list, with so many below it.
    struct Entry: Sendable {
        var line: Int
        var column: Int
        /// Which name the field has; nil for an element of a list and for the object itself.
        var name: Int?
        /// How many entries stand below this one; they follow it.
        var below = 0

        var position: Position { Position(line: line, column: column) }
    }

    /// The entries, as `PositionWriter` writes them.
    private var bytes: [UInt8] = []
    private var names: [String] = []

    /// The position of the field, or of the nearest parent that is there.
    func position(of path: String) -> Position {
        var reader = PositionReader(bytes)
        guard var entry = reader.next() else { return Position(line: 1, column: 1) }
        for step in FieldPath.steps(path) {
            guard let next = child(of: entry, step, &reader) else { break }
            entry = next
        }
        return entry.position
    }

    /// The trees of the elements of a field that is a list; none if there is no such field.
    func elements(of field: String) -> [PositionTree] {
        var reader = PositionReader(bytes)
        guard let root = reader.next(), let list = child(of: root, .field(field), &reader) else { return [] }
        var trees: [PositionTree] = []
        var left = list.below
        while left > 0, let element = reader.next() {
            var writer = PositionWriter()
            writer.put(element)
            for _ in 0..<element.below { if let entry = reader.next() { writer.put(entry) } }
            trees.append(PositionTree(bytes: writer.bytes, names: names))
            left -= 1 + element.below
        }
        return trees
    }

    /// The entry one step below the one that was just read, and the reader behind it; a field is found in another case of
    /// letters too, since Kubernetes misspells some. Nil if there is none, with the reader where it was.
    private func child(of parent: Entry, _ step: FieldPath.Step, _ reader: inout PositionReader) -> Entry? {
        child(of: parent, step, &reader) { $0 == $1 }
            ?? child(of: parent, step, &reader) { $0.lowercased() == $1.lowercased() }
    }

    private func child(
        of parent: Entry, _ step: FieldPath.Step, _ reader: inout PositionReader, _ isSame: (String, String) -> Bool
    ) -> Entry? {
        var ahead = reader
        var left = parent.below
        var number = 0
        while left > 0, let entry = ahead.next() {
            let isFound =
                switch step {
                case .field(let name): entry.name.map { isSame(names[$0], name) } ?? false
                case .element(let wanted): entry.name == nil && number == wanted
                }
            if isFound {
                reader = ahead
                return entry
            }
            ahead.skip(entry.below)
            left -= 1 + entry.below
            number += 1
        }
        return nil
    }
}

extension PositionTree {
    /// Makes the trees of a file while it is read: `open` before what is below a field, `close` after it, `finish` after
    /// each document, and `share` for all of them when the file is read.
    struct Builder {
        private var entries: [Entry] = []
        private var names: [String] = []
        private var numbers: [String: Int] = [:]
        private var writer = PositionWriter()

        mutating func open(_ name: String?, _ position: Position) -> Int {
            let number = name.map { self.number(of: $0) }
            entries.append(Entry(line: position.line, column: position.column, name: number))
            return entries.count - 1
        }

        mutating func close(_ index: Int) { entries[index].below = entries.count - 1 - index }

        /// The tree of the document that ends here, in no more memory than it needs, and without its names.
        mutating func finish() -> PositionTree {
            for entry in entries { writer.put(entry) }
            defer {
                writer.clear()
                entries.removeAll(keepingCapacity: true)
            }
            return PositionTree(bytes: writer.bytes.map(\.self), names: [])
        }

        /// Gives the documents of the file its names: one list for all of them, for thousands have the same few.
        func share(with documents: inout [LocatedValue]) {
            for index in documents.indices { documents[index].positions.names = names }
        }

        private mutating func number(of name: String) -> Int {
            if let known = numbers[name] { return known }
            numbers[name] = names.count
            names.append(name)
            return names.count - 1
        }
    }
}
