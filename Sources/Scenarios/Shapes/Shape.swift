// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What a value of a document may be. One table of shapes has three readers: the check of documents (`ShapeCheck`), the
/// JSON schema (`ShapeSchema`) and the reference in the documentation (`ShapeReference`).
indirect enum Shape: Sendable {
    /// Anything at all.
    case any
    /// Any text, number or truth value.
    case scalar
    case text(TextForm)
    case whole(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case flag
    case null
    /// One of these words.
    case choice([String])
    /// A list with at least so many elements.
    case list(Shape, atLeast: Int = 0)
    /// An object with names of the author's.
    case map(Shape)
    /// An object with the fields of this record of the table.
    case record(String)
    /// Any of these, which differ in their JSON types, or in their text.
    case either([Shape])

    /// One of the cases of an enumeration.
    static func choice<Choice: CaseIterable & RawRepresentable<String>>(of type: Choice.Type) -> Shape {
        .choice(type.allCases.map(\.rawValue))
    }

    /// A part of a whole: a number from 0 to 1, or a percentage.
    static let share = Shape.either([.number(0...1), .text(.percentage)])
    /// How many in a second.
    static let rate = Shape.either([.number(0.001...1_000_000), .text(.rate)])
    /// A place in the lab, or a Pod by a selector.
    static let location = Shape.either([.text(.location), .record("Selected")])
    /// What a number must be.
    static let numberExpectation = Shape.either([
        .number(-9e15...9e15), .text(.comparison), .record("NumberExpectation"),
    ])
    /// What a text must be.
    static let textExpectation = Shape.either([.text(.any), .record("TextExpectation")])
}

/// One field of a record.
struct FieldShape: Sendable {
    let name: String
    let shape: Shape
    let isRequired: Bool
    /// What it means, in one sentence.
    let summary: String
    /// One line of YAML that uses it; empty for none.
    let example: String
    /// Words that people write for it by mistake.
    let aliases: [String]

    init(
        _ name: String, _ shape: Shape, _ summary: String, required: Bool = false, example: String = "",
        aliases: [String] = []
    ) {
        self.name = name
        self.shape = shape
        self.summary = summary
        self.example = example
        self.aliases = aliases
        isRequired = required
    }
}

/// An object with named fields.
struct RecordShape: Sendable {
    /// What fields of a record have to do with one another.
    enum Rule: Sendable {
        /// One of these, and no second.
        case exactlyOne([String])
        case atMostOne([String])
        case atLeastOne([String])
        /// The first is of no use without one of the others.
        case needs(String, oneOf: [String])
    }

    let name: String
    /// What it is, for a sentence: `a step`.
    let article: String
    let fields: [FieldShape]
    let rules: [Rule]
    /// Whether it may have fields that the table does not name.
    let isOpen: Bool

    init(_ name: String, _ article: String, open: Bool = false, _ fields: [FieldShape], rules: [Rule] = []) {
        self.name = name
        self.article = article
        self.fields = fields
        self.rules = rules
        isOpen = open
    }

    func field(_ name: String) -> FieldShape? { fields.first { $0.name == name } }
}
