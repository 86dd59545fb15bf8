// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What a lab is at one moment of its story: all lines up to it, folded.
///
/// The same function makes the live picture, the replayed one, and the one that is scrubbed to.
public struct StoryState: Sendable, Hashable {
    /// The rules of one node and family.
    public struct RuleSet: Sendable, Hashable {
        /// The node's name.
        public var node: String
        /// `IPv4` or `IPv6`.
        public var family: String

        /// Puts one together from its parts.
        public init(node: String, family: String) {
            self.node = node
            self.family = family
        }
    }

    /// The line `lab`; null before it came.
    public private(set) var lab: Value = .null
    /// The revision of the last write that was told of.
    public private(set) var revision: UInt64 = 0
    /// The objects, without `managedFields`.
    public private(set) var objects: [ObjectKey: Value] = [:]
    /// The rules in the kernels in words, each with why it is there.
    public private(set) var rules: [RuleSet: [String: String]] = [:]
    /// The last counters of each node.
    public private(set) var counters: [String: Value] = [:]
    /// The faults in force, by their id.
    public private(set) var faults: [String: Value] = [:]
    /// The last step of a scenario; null before the first.
    public private(set) var step: Value = .null
    /// Who makes the rules.
    public private(set) var proxyMode = ""

    /// Before the first line.
    public init() {}

    /// The state after a line more.
    public mutating func fold(_ line: StoryLine) {
        let fields = line.fields
        switch line.known {
        case .lab:
            self = StoryState()
            lab = fields
            proxyMode = fields["proxyMode"]?.string ?? ""
            advance(fields)
        case .object: foldObject(fields)
        case .rules: foldRules(fields)
        case .counters: counters[fields["node"]?.string ?? ""] = fields
        case .step: step = fields
        case .fault:
            guard let id = fields["id"]?.string else { return }
            faults[id] = fields["verb"] == "cleared" ? nil : fields
        case .mode:
            proxyMode = fields["proxyMode"]?.string ?? proxyMode
            rules = [:]
        case .ready: advance(fields)
        case .source, .connection, .request, .journey, .failure, .end, nil: break
        }
    }

    private mutating func advance(_ fields: Value) {
        revision = max(revision, UInt64(clamping: fields["revision"]?.int ?? 0))
    }

    private mutating func foldObject(_ fields: Value) {
        guard let key = fields["key"]?.string.flatMap(StoryLine.key) else { return }
        objects[key] = fields["verb"] == "deleted" ? nil : fields["object"]
        advance(fields)
    }

    private mutating func foldRules(_ fields: Value) {
        let place = RuleSet(node: fields["node"]?.string ?? "", family: fields["family"]?.string ?? "")
        var lines = fields["whole"] == true ? [:] : rules[place] ?? [:]
        let flushed = (fields["flushed"]?.elements ?? []).compactMap(\.string)
        if !flushed.isEmpty { lines = lines.filter { line in !flushed.contains { line.key.hasPrefix($0) } } }
        for line in fields["removed"]?.elements ?? [] { lines[line.string ?? ""] = nil }
        let reasons = fields["because"]?.elements ?? []
        for (index, line) in (fields["added"]?.elements ?? []).enumerated() {
            lines[line.string ?? ""] = index < reasons.count ? reasons[index].string ?? "" : ""
        }
        rules[place] = lines
    }
}
