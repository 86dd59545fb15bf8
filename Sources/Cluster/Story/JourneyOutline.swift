// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes

/// What of a journey is the same whoever tells of it: a kernel, or the walker on a plan that was made again.
///
/// Left out are client ports, which the kernel draws; the numbers that stand for Services in the tables; and the manifest's
/// lines, which a plan made of objects does not know.
public struct JourneyOutline: Sendable, Hashable {
    /// Its steps, in words.
    public var steps: [String]
    /// How it ends, and where.
    public var end: String

    /// The outline of a journey in JSON, as `lab why -o json` and `lab trace -o json` have it.
    public init(_ journey: Value) {
        steps = (journey["hops"]?.elements ?? []).compactMap(JourneyOutline.step)
        end = "\(journey["outcome"]?.string ?? "") at \(journey["namespace"]?.string ?? "")"
        if let target = journey["destination"]?.string { end += " \(target)" }
    }

    private static func step(_ hop: Value) -> String? {
        let place = hop["namespace"]?.string ?? ""
        let ends = "\(address(hop["source"])) to \(hop["destination"]?.string ?? "")"
        switch hop["action"]?.string {
        case "sent": return "\(place) sends \(ends)"
        case "received": return "\(place) receives \(ends)"
        case "dnat": return "\(place) translates \(hop["from"]?.string ?? "") to \(hop["to"]?.string ?? "")"
        case "masquerade": return "\(place) masquerades \(address(hop["from"])) as \(address(hop["to"]))"
        case "rule":
            guard let because = hop["rule"]?["because"], let object = because["object"]?.string,
                !object.hasPrefix("lab")
            else { return nil }
            return "\(place) \(hop["rule"]?["chain"]?.string ?? ""): \(object) \(because["field"]?.string ?? "")"
        // A trace does not see what was looked up on the way.
        default: return nil
        }
    }

    /// The address without its port.
    private static func address(_ socket: Value?) -> String {
        let text = socket?.string ?? ""
        return text.lastIndex(of: ":").map { String(text[..<$0]) } ?? text
    }

    /// Where another leaves this one: the first steps that are not the same; nil if all are.
    public func difference(from other: JourneyOutline) -> String? {
        for index in 0..<max(steps.count, other.steps.count) {
            let one = index < steps.count ? steps[index] : end
            let two = index < other.steps.count ? other.steps[index] : other.end
            if one != two { return "\"\(one)\", where the walker has \"\(two)\"" }
        }
        return end == other.end ? nil : "it ends \(end), where the walker's ends \(other.end)"
    }
}
