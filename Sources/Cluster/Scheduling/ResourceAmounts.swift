// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Amounts of CPU, memory and the like, in thousandths of their unit. The corresponding Go type is
/// `resource.Quantity`.
enum ResourceAmounts {
    /// The amounts of a list as `{cpu: 500m, memory: 64Mi}`; what cannot be read is left out.
    static func read(_ list: Value?) -> [String: Int64] { (list?.fields ?? [:]).compactMapValues(amount) }

    /// What the Pod's containers ask for together: those that run side by side, or the largest of those that run
    /// before them if that is more.
    static func requests(of pod: Object) -> [String: Int64] {
        var sum = total(pod.spec["containers"]?.elements ?? [])
        for container in pod.spec["initContainers"]?.elements ?? [] {
            let own = read(container["resources"]?["requests"])
            let runsOn = container["restartPolicy"] == "Always"
            sum.merge(own) { runsOn ? $0.addingReportingOverflow($1).partialValue : max($0, $1) }
        }
        return sum.merging(read(pod.spec["overhead"])) { $0.addingReportingOverflow($1).partialValue }
    }

    private static func total(_ containers: [Value]) -> [String: Int64] {
        containers.reduce(into: [:]) { sum, container in
            sum.merge(read(container["resources"]?["requests"])) { $0.addingReportingOverflow($1).partialValue }
        }
    }

    private static let factors: [String: Double] = [
        "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
        "Ki": 1024, "Mi": 1_048_576, "Gi": 1_073_741_824, "Ti": 1_099_511_627_776, "Pi": 1_125_899_906_842_624,
        "Ei": 1_152_921_504_606_846_976,
    ]

    /// `250m` is 250; nil for what is no amount.
    static func amount(_ value: Value) -> Int64? {
        switch value {
        case .int(let number): return clamped(Double(number) * 1000)
        case .double(let number): return clamped(number * 1000)
        case .string(let text):
            if let plain = Double(text) { return clamped(plain * 1000) }
            let digits = text.prefix { $0.isNumber || $0 == "." || $0 == "-" || $0 == "+" }
            guard let number = Double(digits), let factor = factors[String(text.dropFirst(digits.count))] else {
                return nil
            }
            return clamped(number * factor * 1000)
        default: return nil
        }
    }

    /// Nobody asks for less than nothing, or for more than any node has.
    private static func clamped(_ number: Double) -> Int64? {
        guard number.isFinite else { return nil }
        return Int64(min(max(number, 0), 1e16).rounded(.up))
    }
}
