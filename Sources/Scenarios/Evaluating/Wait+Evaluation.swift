// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

extension Action.Wait {
    /// What keeps the wait from being over, in words; nil if it is over.
    /// - Parameter found: the objects that are chosen, whole.
    public func pending(_ found: [Object]) -> String? {
        switch goal {
        case .present: return found.isEmpty ? "\(objects) is not there" : nil
        case .absent: return found.isEmpty ? nil : "\(Self.names(found)) is there"
        case .condition, .value:
            guard !found.isEmpty else { return "\(objects) is not there" }
            return found.lazy.compactMap { pending($0) }.first
        }
    }

    private func pending(_ object: Object) -> String? {
        switch goal {
        case .condition(let type, let status):
            let conditions = object.value["status", "conditions"]?.elements ?? []
            guard let condition = conditions.first(where: { $0["type"]?.string?.lowercased() == type.lowercased() })
            else { return "\(ObjectEvaluation.name(object)) has no condition \(type)" }
            let own = condition["status"]?.string ?? "Unknown"
            // A condition that speaks of an older state says nothing of this one.
            if let seen = condition["observedGeneration"]?.int ?? object.status["observedGeneration"]?.int,
                object.generation > seen
            {
                return "\(ObjectEvaluation.name(object)) was changed since its status was written"
            }
            guard own.lowercased() != status.lowercased() else { return nil }
            let why = [condition["reason"]?.string, condition["message"]?.string].compactMap { $0 }
            let words = why.isEmpty ? "" : " (\(why.joined(separator: ": ")))"
            return "\(ObjectEvaluation.name(object)) has \(type)=\(own)\(words)"
        case .value(let path, let expectation):
            let expectation = expectation ?? Expectation([])
            return path.seen(in: object, against: expectation).map {
                "\(ObjectEvaluation.name(object)) has at \(path): \($0)"
            }
        case .present, .absent: return nil
        }
    }

    private static func names(_ objects: [Object]) -> String {
        objects.prefix(3).map(ObjectEvaluation.name).joined(separator: ", ") + (objects.count > 3 ? ", …" : "")
    }
}
