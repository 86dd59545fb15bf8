// SPDX-License-Identifier: Apache-2.0

/// A line and a column of a file, both counted from 1.
public struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    /// Puts one together from its parts.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Earlier in the file comes first.
    public static func < (left: Self, right: Self) -> Bool { (left.line, left.column) < (right.line, right.column) }

    /// `7:11`.
    public var description: String { "\(line):\(column)" }
}

/// A position in a named file.
public struct Place: Sendable, Hashable, CustomStringConvertible {
    /// The file's name as the user gave it.
    public let file: String
    /// Where in the file.
    public let position: Position

    /// Puts one together from its parts.
    public init(_ file: String, _ position: Position) {
        self.file = file
        self.position = position
    }

    /// `hello.yaml:7:11`.
    public var description: String { "\(file):\(position)" }
}

/// Where an object and its fields stand in the file that they came from.
public final class Source: Sendable {
    /// The file's name as the user gave it.
    public let file: String
    private let root: PositionTree

    init(file: String, root: PositionTree) {
        self.file = file
        self.root = root
    }

    /// The position of a field as `spec.ports[0].port`, or of the nearest parent that is there; the object's own for
    /// "".
    public func position(of path: String) -> Position { root.position(of: path) }

    /// The file and position of a field (see `position(of:)`).
    public func place(of path: String) -> Place { Place(file, position(of: path)) }
}
