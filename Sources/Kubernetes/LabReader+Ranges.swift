// SPDX-License-Identifier: Apache-2.0

internal import Net

/// The fields of a `Lab` document that say which addresses the lab has.
///
/// ```yaml
/// spec:
///   ipFamilies: [IPv4, IPv6]               # the first is the primary one: of the API, of Services that do not say
///   ranges:                                # each may be left out; the lab then takes one that is free
///     pods: 10.244.0.0/16,fd00:10:244::/56 # as kubeadm's podSubnet; a list says the same
///     services: [10.96.0.0/16, fd00:10:96::/112]
/// ```
///
/// A lab whose file names no families has those of the ranges that it names, and if it names none, IPv4.
extension LabReader {
    mutating func ranges(_ value: Value?) -> LabConfiguration.Ranges {
        known(value, "spec.ranges", ["nodes", "pods", "services", "loadBalancers"])
        let ranges = LabConfiguration.Ranges(
            nodes: list(value, "nodes", longest: (28, 120)), pods: list(value, "pods", longest: (24, 64)),
            services: list(value, "services", longest: (28, 124)),
            loadBalancers: list(value, "loadBalancers", longest: (32, 128)))
        for (index, (name, own)) in ranges.all.enumerated() {
            for (other, earlier) in ranges.all[..<index] {
                for range in own {
                    guard let taken = earlier.first(where: { range.overlaps($0) }) else { continue }
                    let detail = "overlaps spec.ranges.\(other), \(taken)"
                    add("spec.ranges.\(name)", .invalid, .string(range.description), detail)
                }
            }
        }
        return ranges
    }

    mutating func families(_ value: Value?, _ ranges: LabConfiguration.Ranges) -> [Family] {
        var named: [Family] = []
        for family in ranges.all.flatMap(\.ranges).map(\.family) where !named.contains(family) { named.append(family) }
        guard let value, !value.isNull else { return named.isEmpty ? [.v4] : named }
        guard case .array(let elements) = value, !elements.isEmpty else {
            add("spec.ipFamilies", .typeInvalid, value, "must be a list of one or two of \"IPv4\" and \"IPv6\"")
            return [.v4]
        }
        var families: [Family] = []
        for (index, element) in elements.enumerated() {
            let path = "spec.ipFamilies[\(index)]"
            guard let family = element.string.flatMap(Family.init(rawValue:)) else {
                add(path, .notSupported, element, "supported values: \"IPv4\", \"IPv6\"")
                continue
            }
            if families.contains(family) { add(path, .duplicate, element, "") } else { families.append(family) }
        }
        for (name, own) in ranges.all {
            for range in own where !families.isEmpty && !families.contains(range.family) {
                let detail = "spec.ipFamilies does not have \(range.family.rawValue)"
                add("spec.ranges.\(name)", .invalid, .string(range.description), detail)
            }
        }
        return families.isEmpty ? [.v4] : families
    }

    /// One range, or one of each family: a text with a comma between them, or a list.
    /// - Parameter longest: the longest prefix of either family.
    private mutating func list(_ value: Value?, _ name: String, longest: (v4: Int, v6: Int)) -> [Prefix] {
        let path = "spec.ranges.\(name)"
        guard let value = value?[name], !value.isNull else { return [] }
        var ranges: [Prefix] = []
        func texts() -> [(String, Value)] {
            if case .array(let elements) = value {
                return elements.enumerated().map { ("\(path)[\($0.offset)]", $0.element) }
            }
            guard let text = value.string, text.contains(",") else { return [(path, value)] }
            return text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                (path, .string(String(part.filter { $0 != " " })))
            }
        }
        for (path, value) in texts() {
            guard let range = range(value, path, longest) else { continue }
            if ranges.contains(where: { $0.family == range.family }) {
                add(path, .invalid, value, "there is a range of \(range.family.rawValue) already")
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }

    private mutating func range(_ value: Value, _ path: String, _ longest: (v4: Int, v6: Int)) -> Prefix? {
        guard let text = text(value, path) else { return nil }
        guard let range = Prefix(text) else {
            let detail =
                "must be an IPv4 range without bits beyond its length, as 10.96.0.0/16, or an IPv6 range, as "
                + "fd00:10:96::/112, or one of each with a comma between them"
            add(path, .invalid, value, detail)
            return nil
        }
        let lengths = range.family == .v4 ? 8...longest.v4 : 16...longest.v6
        guard lengths ~= range.length else {
            let detail = "the length of the range must be between /\(lengths.lowerBound) and /\(lengths.upperBound)"
            add(path, .invalid, value, detail)
            return nil
        }
        return range
    }
}
