// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension StepFlow {
    /// The kinds and objects that an action or a check names.
    mutating func checkReferences(_ value: Value, _ path: String) {
        guard let known else { return }
        if let reference = value.reference("object"), let problem = problem(of: reference, known) {
            add("\(path).object", value.text("object") ?? "", problem)
        }
        if let kind = value.text("kind"), value["object"] == nil,
            value["selector"] != nil || value["apiVersion"] == nil,
            TextForm.kind.problem(of: kind) == nil
        {
            let reference = ObjectReference(kind: kind, name: "")
            if reference.resource == nil, let problem = problem(of: reference, known) {
                add("\(path).kind", kind, problem)
            }
        }
    }

    private func problem(of reference: ObjectReference, _ known: KnownObjects) -> String? {
        // What a step makes, or a file that was not read, may have it.
        if isOpen, reference.resource?.kind != "Node" { return nil }
        return known.problem(of: reference)
    }

    /// The nodes and systems outside that an action or a check names.
    mutating func checkPlaces(_ value: Value, _ name: String, _ path: String) {
        if name == "background" {
            for traffic in ["request", "udp", "dns"] {
                if let own = value[traffic] { checkPlaces(own, traffic, "\(path).\(traffic)") }
            }
        }
        guard let known else { return }
        for field in ["from", "in", "of"] {
            guard let text = value[field]?.string, let location = Location(text: text),
                let problem = known.problem(of: location)
            else { continue }
            add("\(path).\(field)", text, problem)
        }
        let field = name == "node" ? "name" : "node"
        if let node = value.text(field), TextForm.name.problem(of: node) == nil,
            let problem = known.problem(ofNode: node)
        {
            add("\(path).\(field)", node, problem)
        }
    }

    /// The kind of background traffic; notes that it is none.
    mutating func background(_ name: String?, _ path: String) -> TrafficKind {
        guard let name, TextForm.name.problem(of: name) == nil else { return .none }
        if let background = backgrounds[name] { return background.kind }
        add(path, name, "no background traffic of this name began before\(hint(name))")
        return .none
    }
}
