// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes

extension RuleLine {
    /// The line as JSON has it.
    public var value: Value {
        var value: Value = [
            "kind": .string(kind.rawValue), "table": .string(table), "place": .string(place),
            "depth": .int(Int64(depth)),
            "text": .string(text),
        ]
        value["readable"] = readable.map { .string($0) }
        value["because"] = because?.value
        value["part"] = part.map { .string($0) }
        return value
    }

    /// The line that JSON tells of; nil for what is none.
    public init?(_ value: Value) {
        guard let kind = value["kind"]?.string.flatMap(Kind.init(rawValue:)), let text = value["text"]?.string else {
            return nil
        }
        let because = value["because"].map { because in
            Because(
                because["object"]?.string ?? "", field: because["field"]?.string ?? "",
                location: because["location"]?.string ?? "")
        }
        self.init(
            kind, table: value["table"]?.string ?? "", place: value["place"]?.string ?? "",
            depth: value["depth"]?.int ?? 0, text, readable: value["readable"]?.string, because: because,
            part: value["part"]?.string)
    }
}
