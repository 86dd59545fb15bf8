// SPDX-License-Identifier: Apache-2.0

/// The positions of all fields of one object, flat and in the order of the text: sixteen bytes a field.
struct PositionTree: Sendable {
    struct Entry: Sendable {
        let line: UInt32
        let column: UInt32
        /// Which name the field has; `element` for an element of a list and for the object itself.
        let name: UInt32
        /// The index after the last entry below this one.
        var end: UInt32

        static let element = UInt32.max
    }

    private var entries: [Entry] = []
    private var names: [String] = []

    /// The position of the field, or of the nearest parent that is there.
    func position(of path: String) -> Position {
        guard !entries.isEmpty else { return Position(line: 1, column: 1) }
        var index = 0
        for step in FieldPath.steps(path) {
            guard let next = child(of: index, step) else { break }
            index = next
        }
        return Position(line: Int(entries[index].line), column: Int(entries[index].column))
    }

    /// The index of the field, if it is there.
    func index(of path: String) -> Int? {
        guard !entries.isEmpty else { return nil }
        return FieldPath.steps(path).reduce(0) { parent, step in parent.flatMap { child(of: $0, step) } }
    }

    /// The entries from one to the last below it, as a tree of its own.
    func part(_ root: Int) -> PositionTree {
        var part = PositionTree()
        part.names = names
        part.entries = entries[root..<Int(entries[root].end)].map {
            Entry(line: $0.line, column: $0.column, name: $0.name, end: $0.end - UInt32(clamping: root))
        }
        return part
    }

    /// The entry one step below; a field is found in another case of letters too, since Kubernetes misspells some.
    private func child(of parent: Int, _ step: FieldPath.Step) -> Int? {
        child(of: parent, step) { $0 == $1 } ?? child(of: parent, step) { $0.lowercased() == $1.lowercased() }
    }

    private func child(of parent: Int, _ step: FieldPath.Step, _ isSame: (String, String) -> Bool) -> Int? {
        var index = parent + 1
        var number = 0
        while index < entries[parent].end {
            let entry = entries[index]
            switch step {
            case .field(let name): if entry.name != Entry.element, isSame(names[Int(entry.name)], name) { return index }
            case .element(let wanted): if entry.name == Entry.element, number == wanted { return index }
            }
            number += 1
            index = Int(entry.end)
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
        private var numbers: [String: UInt32] = [:]

        mutating func open(_ name: String?, _ position: Position) -> Int {
            let number = name.map { self.number(of: $0) } ?? Entry.element
            entries.append(
                Entry(
                    line: UInt32(clamping: position.line), column: UInt32(clamping: position.column), name: number,
                    end: 0))
            return entries.count - 1
        }

        mutating func close(_ index: Int) { entries[index].end = UInt32(clamping: entries.count) }

        /// The tree of the document that ends here, in no more memory than it needs, and without its names.
        mutating func finish() -> PositionTree {
            var tree = PositionTree()
            tree.entries = entries.map(\.self)
            entries.removeAll(keepingCapacity: true)
            return tree
        }

        /// Gives the documents of the file its names: one list for all of them, for thousands have the same few.
        func share(with documents: inout [LocatedValue]) {
            for index in documents.indices { documents[index].positions.names = names }
        }

        private mutating func number(of name: String) -> UInt32 {
            if let known = numbers[name] { return known }
            let number = UInt32(clamping: names.count)
            numbers[name] = number
            names.append(name)
            return number
        }
    }
}
