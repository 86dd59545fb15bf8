// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// The fields of one object, and where its manifest has them.
struct Reasons {
    let object: String
    let source: Source?

    var ingress: Because { because("status.loadBalancer.ingress", "spec.type") }

    /// - Parameter written: what the manifest has instead of the field.
    func because(_ field: String, _ written: String? = nil) -> Because {
        let place = source?.place(of: written ?? field)
        return Because(object, field: field, location: place.map { "\($0.file):\($0.position.line)" } ?? "")
    }

    func addresses(_ external: [Address], _ ingress: [Address], _ family: Family) -> [Address: Because] {
        var reasons: [Address: Because] = [:]
        for (index, address) in external.enumerated() where address.family == family {
            reasons[address] = because("spec.externalIPs[\(index)]")
        }
        for address in ingress where address.family == family { reasons[address] = self.ingress }
        return reasons
    }
}
