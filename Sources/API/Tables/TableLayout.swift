// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The columns of one resource's table, and how an object becomes a row of it.
struct TableLayout: Sendable {
    /// The table's `columnDefinitions`.
    let columnDefinitions: Value
    private let cells: @Sendable (TableSubject) -> [Value]
    private let conditions: @Sendable (TableSubject) -> Value?

    /// A layout whose columns all read one reading of the object, which is made once a row.
    init<Reading>(
        reading: @escaping @Sendable (TableSubject) -> Reading, _ columns: [TableColumn<Reading>],
        conditions: @escaping @Sendable (TableSubject) -> Value? = { _ in nil }
    ) {
        columnDefinitions = .array(columns.map(\.definition))
        cells = { subject in
            let reading = reading(subject)
            return columns.map { $0.cell(reading) }
        }
        self.conditions = conditions
    }

    /// A layout whose columns read the object itself.
    init(_ columns: [TableColumn<TableSubject>]) { self.init(reading: { $0 }, columns) }

    /// One row of the table. The corresponding Go type is `metav1.TableRow`.
    func row(_ object: Object, includes: ObjectForm.TableObject, now: Timestamp) -> Value {
        let subject = TableSubject(object, now: now)
        let shown: Value =
            switch includes {
            case .none: .null
            case .metadata: PartialObjectMetadata.value(of: object)
            case .whole: object.value
            }
        var row: Value = ["cells": .array(cells(subject)), "object": shown]
        if let conditions = conditions(subject) { row["conditions"] = conditions }
        return row
    }
}

/// One column: what it is called, and what stands in it. The corresponding Go type is `TableColumnDefinition`.
struct TableColumn<Reading>: Sendable {
    let name: String
    let type: String
    let format: String
    /// 0 for what is always printed, 1 for what `-o wide` adds.
    let priority: Int
    let description: String
    let cell: @Sendable (Reading) -> Value

    init(
        _ name: String, type: String = "string", format: String = "", priority: Int = 0, _ description: String,
        cell: @escaping @Sendable (Reading) -> Value
    ) {
        self.name = name
        self.type = type
        self.format = format
        self.priority = priority
        self.description = description
        self.cell = cell
    }

    var definition: Value {
        [
            "name": .string(name), "type": .string(type), "format": .string(format),
            "description": .string(description), "priority": .int(Int64(priority)),
        ]
    }

    /// A column of text.
    static func text(_ name: String, _ description: String, _ cell: @escaping @Sendable (Reading) -> String) -> Self {
        TableColumn(name, description) { .string(cell($0)) }
    }

    /// A column of text that only `-o wide` prints.
    static func wide(_ name: String, _ description: String, _ cell: @escaping @Sendable (Reading) -> String) -> Self {
        TableColumn(name, priority: 1, description) { .string(cell($0)) }
    }

    /// A column of whole numbers; `type` is what the definition says of it, which for some is `string`.
    static func count(
        _ name: String, type: String = "integer", _ description: String, _ cell: @escaping @Sendable (Reading) -> Int
    ) -> Self {
        TableColumn(name, type: type, description) { .int(Int64(cell($0))) }
    }
}

extension TableColumn where Reading == TableSubject {
    /// The object's name, by which kubectl knows the row.
    static let name = named { $0.object.name }

    /// How long ago the object was made.
    static let age = text("Age", "How long ago the object was made") { $0.age }

    /// A first column that is not the bare name.
    static func named(_ cell: @escaping @Sendable (TableSubject) -> String) -> Self {
        TableColumn("Name", format: "name", "The name, unique among the objects of the kind in the namespace") {
            .string(cell($0))
        }
    }
}
