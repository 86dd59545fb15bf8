// SPDX-License-Identifier: Apache-2.0

/// One entry of `status.conditions`.
public struct Condition: Sendable, Hashable {
    /// Whether the condition holds; raw values are Kubernetes' words.
    public enum Status: String, Sendable, Hashable {
        case `true` = "True"
        case `false` = "False"
        case unknown = "Unknown"
    }

    /// What it is about, as `Ready`.
    public var type: String
    /// Whether it is so.
    public var status: Status
    /// One word in CamelCase for programs; empty if none.
    public var reason: String
    /// A sentence for people; empty if none.
    public var message: String
    /// When the status last changed.
    public var lastTransitionTime: Timestamp?

    /// A condition that says this.
    public init(_ type: String, _ status: Status, reason: String = "", message: String = "") {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
    }

    /// A condition that holds or does not.
    public init(_ type: String, _ holds: Bool, reason: String = "", message: String = "") {
        self.init(type, holds ? Status.true : .false, reason: reason, message: message)
    }

    init(_ value: Value) {
        self.init(
            value["type"]?.string ?? "", value["status"]?.string.flatMap(Status.init(rawValue:)) ?? .unknown,
            reason: value["reason"]?.string ?? "", message: value["message"]?.string ?? "")
        lastTransitionTime = value["lastTransitionTime"]?.string.flatMap(Timestamp.init)
    }
}

extension Object {
    /// All entries of `status.conditions`.
    public var conditions: [Condition] { value["status", "conditions"]?.elements.map(Condition.init) ?? [] }

    /// The condition of a type; nil if it was never written.
    public func condition(_ type: String) -> Condition? {
        value["status", "conditions"]?.elements.first { $0["type"]?.string == type }.map(Condition.init)
    }

    /// Writes a condition: `lastTransitionTime` becomes `now` only if the status is new or changes; other fields of the
    /// entry stay. `stampsUpdate` also sets `lastUpdateTime`, which Deployments have, whenever anything changes.
    /// - Returns: whether anything changed.
    @discardableResult
    public mutating func set(_ condition: Condition, now: Timestamp, stampsUpdate: Bool = false) -> Bool {
        var all = value["status", "conditions"]?.elements ?? []
        let index = all.firstIndex { $0["type"]?.string == condition.type }
        let old = index.map { all[$0] }
        var entry = old ?? ["type": .string(condition.type)]
        entry["reason"] = condition.reason.isEmpty ? nil : .string(condition.reason)
        entry["message"] = condition.message.isEmpty ? nil : .string(condition.message)
        if entry["status"]?.string != condition.status.rawValue {
            entry["status"] = .string(condition.status.rawValue)
            entry["lastTransitionTime"] = .string(now.description)
        }
        guard entry != old else { return false }
        if stampsUpdate { entry["lastUpdateTime"] = .string(now.description) }
        if let index { all[index] = entry } else { all.append(entry) }
        value["status", "conditions"] = .array(all)
        return true
    }
}
