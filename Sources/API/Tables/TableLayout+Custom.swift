// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TableLayout {
    /// The layout that a CustomResourceDefinition's `additionalPrinterColumns` say; with none, name and age.
    init(printerColumns: [Value]) {
        let columns: [TableColumn<TableSubject>] = printerColumns.compactMap { TableColumn(printerColumn: $0) }
        self.init([.name] + (columns.isEmpty ? [.age] : columns))
    }
}

extension TableColumn where Reading == TableSubject {
    /// One entry of `additionalPrinterColumns`; nil if it has no name or its path cannot be read.
    fileprivate init?(printerColumn: Value) {
        // An API server takes them in their plain form only, with the dot.
        guard let name = printerColumn["name"].text, let text = printerColumn["jsonPath"].text, text.hasPrefix("."),
            let path = try? JSONPath(text)
        else { return nil }
        let type = printerColumn["type"].text ?? "string"
        self.init(
            name, type: type, format: printerColumn["format"].text ?? "", priority: printerColumn["priority"]?.int ?? 0,
            printerColumn["description"].text ?? ""
        ) { subject in
            guard let found = path.first(in: subject.object.value) else { return .null }
            return Self.cell(found, type: type, subject)
        }
    }

    /// A value as a cell of its column's type; null if it is of another.
    private static func cell(_ found: Value, type: String, _ subject: TableSubject) -> Value {
        switch (type, found) {
        case (_, .null): .null
        case ("date", .string(let text)):
            .string(Timestamp(text).map { HumanDuration.text(from: $0, to: subject.now) } ?? "<invalid>")
        case ("integer", .int), ("number", .int), ("number", .double), ("boolean", .bool): found
        case ("integer", .double(let number)): Int64(exactly: number.rounded(.towardZero)).map(Value.int) ?? .null
        case ("string", .string): found
        case ("string", .bool(let flag)): .string(flag ? "true" : "false")
        case ("string", .int), ("string", .double): .string(Optional(found).text ?? "")
        case ("string", _): .string(found.json())
        default: .null
        }
    }
}
