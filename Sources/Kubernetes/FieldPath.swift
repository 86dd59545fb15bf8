// SPDX-License-Identifier: Apache-2.0

/// Paths of fields as Kubernetes writes them: `spec.ports[0].port`, `metadata.labels[app.kubernetes.io/name]`.
enum FieldPath {
    enum Step: Hashable {
        case field(String)
        case element(Int)
    }

    /// The steps of a path, from the object down.
    static func steps(_ path: String) -> [Step] {
        var steps: [Step] = []
        var rest = path[...]
        while let first = rest.first {
            if first == "[" {
                let inside = rest.dropFirst().prefix { $0 != "]" }
                steps.append(Int(inside).map(Step.element) ?? .field(String(inside)))
                rest = rest[inside.endIndex...].dropFirst()
            } else {
                let name = rest.prefix { $0 != "." && $0 != "[" }
                if !name.isEmpty { steps.append(.field(String(name))) }
                rest = rest[name.endIndex...]
            }
            if rest.first == "." { rest = rest.dropFirst() }
        }
        return steps
    }

    /// The path of some steps, from the object down.
    static func text(_ steps: [Step]) -> String {
        steps.reduce("") { path, step in
            switch step {
            case .field(let name): join(path, name)
            case .element(let index): "\(path)[\(index)]"
            }
        }
    }

    /// The path of a field below another: `spec` and `ports` give `spec.ports`.
    static func join(_ parent: String, _ name: String) -> String { parent.isEmpty ? name : "\(parent).\(name)" }
}
