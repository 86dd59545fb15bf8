// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Kinds with several versions: one of them is stored, the others are made of it when they are asked for.
extension Object {
    /// The object as it is in a version.
    func served(as apiVersion: String) -> Object {
        guard self.apiVersion != apiVersion else { return self }
        var object = self
        object.value["apiVersion"] = .string(apiVersion)
        switch apiVersion {
        case "events.k8s.io/v1" where kind == "Event": object.rename(Self.eventFields)
        case "autoscaling/v1" where kind == "HorizontalPodAutoscaler": object.simplifyMetrics()
        default: break
        }
        return object
    }

    /// The object as it is stored.
    func stored(_ resource: Resource) -> Object {
        guard !resource.isCustom, apiVersion != resource.apiVersion else { return self }
        var object = self
        switch apiVersion {
        case "events.k8s.io/v1": object.rename(Self.eventFields.map { ($0.1, $0.0) })
        case "autoscaling/v1": object.expandMetrics()
        default: break
        }
        object.value["apiVersion"] = .string(resource.apiVersion)
        return object
    }

    private mutating func rename(_ names: [(String, String)]) {
        for (old, new) in names {
            guard let field = value[old] else { continue }
            value[old] = nil
            value[new] = field
        }
    }

    /// The fields of an Event: in the core group, and in `events.k8s.io`.
    fileprivate static let eventFields = [
        ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
    ]

    /// `autoscaling/v1` knows one metric: how much of its CPU a Pod uses.
    private mutating func expandMetrics() {
        guard let percent = value["spec"]?["targetCPUUtilizationPercentage"] else { return }
        value["spec"]?["targetCPUUtilizationPercentage"] = nil
        value["spec", "metrics"] = [
            [
                "type": "Resource",
                "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": percent]],
            ]
        ]
    }

    private mutating func simplifyMetrics() {
        let cpu = value["spec"]?["metrics"]?.elements.first { $0["resource"]?["name"] == "cpu" }
        value["spec"]?["targetCPUUtilizationPercentage"] = cpu?["resource"]?["target"]?["averageUtilization"]
        value["spec"]?["metrics"] = nil
    }
}

extension Call {
    /// The name that a field of this version has where objects are stored.
    func storedField(_ field: String) -> String {
        guard resource.kind == "Event", info.group == "events.k8s.io" else { return field }
        if field.hasPrefix("regarding.") { return "involvedObject." + field.dropFirst(10) }
        return field == "reportingController" ? "reportingComponent" : field
    }
}
