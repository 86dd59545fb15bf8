// SPDX-License-Identifier: Apache-2.0

extension Validator {
    /// The corresponding Go functions are `ValidateDeployment` and `ValidateDeploymentUpdate`.
    mutating func deployment(_ object: Object, replacing old: Object?) {
        let spec = object.value["spec"] ?? [:]
        workload(spec, replacing: old?.spec, kind: "deployment")
        strategy(spec["strategy"] ?? [:])
        notNegative("spec.minReadySeconds", spec["minReadySeconds"])
        notNegative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"])
        notNegative("spec.progressDeadlineSeconds", spec["progressDeadlineSeconds"])
        if let deadline = spec["progressDeadlineSeconds"]?.int, deadline <= spec["minReadySeconds"]?.int ?? 0 {
            invalid("spec.progressDeadlineSeconds", .int(Int64(deadline)), "must be greater than minReadySeconds")
        }
    }

    /// The corresponding Go functions are `ValidateReplicaSet` and `ValidateReplicaSetUpdate`.
    mutating func replicaSet(_ object: Object, replacing old: Object?) {
        let spec = object.value["spec"] ?? [:]
        workload(spec, replacing: old?.spec, kind: "deployment")
        notNegative("spec.minReadySeconds", spec["minReadySeconds"])
    }

    /// Replicas, selector and template.
    mutating func workload(_ spec: Value, replacing old: Value?, kind: String) {
        notNegative("spec.replicas", spec["replicas"])
        let selector = spec["selector"]
        if selector.isNullOrMissing {
            required("spec.selector")
        } else {
            self.selector(selector ?? [:], "spec.selector")
            if LabelSelector(selector).isEmpty {
                invalid("spec.selector", [:], "empty selector is invalid for \(kind)")
            }
        }
        if let before = old?["selector"], !before.isNull, before != selector {
            invalid("spec.selector", selector, "field is immutable")
        }
        let claims = spec["volumeClaimTemplates"]?.elements.compactMap { $0["metadata"]?["name"]?.string } ?? []
        template(
            spec["template"] ?? [:], selector, kind: kind == "statefulset" ? "StatefulSet" : "ReplicaSet",
            claimed: Set(claims))
    }

    mutating func template(_ template: Value, _ selector: Value?, kind: String, claimed: Set<String> = []) {
        let own = template["metadata"]?["labels"]
        let matches = !selector.isNullOrMissing && LabelSelector(selector).matches(own?.strings ?? [:])
        if !matches {
            let detail = "`selector` does not match template `labels`"
            invalid("spec.template.metadata.labels", own, detail)
        }
        // Kubernetes leaves `metadata` out of these two paths; a manifest's reader is better served with it.
        labels("spec.template.metadata.labels", own)
        annotations(template["metadata"]?["annotations"], "spec.template.metadata.annotations")
        podSpec(template["spec"] ?? [:], "spec.template.spec", claimed: claimed)
        if let policy = template["spec"]?["restartPolicy"], ["OnFailure", "Never"].contains(policy.string) {
            oneOf("spec.template.spec.restartPolicy", policy, ["Always"])
        }
        if !(template["spec"]?["activeDeadlineSeconds"]).isNullOrMissing {
            forbidden(
                "spec.template.spec.activeDeadlineSeconds", "activeDeadlineSeconds in \(kind) is not Supported")
        }
    }

    /// The corresponding Go function is `ValidateLabelSelector`.
    private mutating func selector(_ selector: Value, _ path: String) {
        labels("\(path).matchLabels", selector["matchLabels"])
        for (index, entry) in (selector["matchExpressions"]?.elements ?? []).enumerated() {
            let path = "\(path).matchExpressions[\(index)]"
            let values = entry["values"]?.elements ?? []
            switch entry["operator"]?.string {
            case "In", "NotIn":
                if values.isEmpty { required("\(path).values", "must be specified when `operator` is 'In' or 'NotIn'") }
            case "Exists", "DoesNotExist":
                if !values.isEmpty {
                    forbidden("\(path).values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
                }
            default: invalid("\(path).operator", entry["operator"] ?? "", "not a valid selector operator")
            }
            invalid("\(path).key", entry["key"]?.string ?? "", Names.qualified(entry["key"]?.string ?? ""))
            for (number, value) in values.enumerated() {
                invalid("\(path).values[\(number)]", value.string ?? "", Names.labelValue(value.string ?? ""))
            }
        }
    }

    /// The corresponding Go function is `ValidateDeploymentStrategy`.
    private mutating func strategy(_ strategy: Value) {
        let path = "spec.strategy.rollingUpdate"
        let rolling = strategy["rollingUpdate"]
        switch strategy["type"]?.string {
        case "Recreate":
            if !rolling.isNullOrMissing { forbidden(path, "may not be specified when strategy `type` is 'Recreate'") }
        case "RollingUpdate":
            guard let rolling, !rolling.isNull else {
                return required(path, "this should be defaulted and never be nil")
            }
            let (surge, unavailable) = (rolling["maxSurge"], rolling["maxUnavailable"])
            bound(unavailable, "\(path).maxUnavailable")
            bound(surge, "\(path).maxSurge")
            if Self.amount(surge) == 0, Self.amount(unavailable) == 0 {
                invalid("\(path).maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")
            }
            if case .percent(let percent)? = IntOrPercent(unavailable), percent > 100 {
                invalid("\(path).maxUnavailable", unavailable, "must not be greater than 100%")
            }
        default:
            // Kubernetes prints its own structure here.
            let value = #"{"Type":\#((strategy["type"] ?? "").json()),"RollingUpdate":\#((rolling ?? .null).json())}"#
            add(
                Problem("spec.strategy", .notSupported, value: value, #"supported values: "Recreate", "RollingUpdate""#)
            )
        }
    }

    mutating func bound(_ value: Value?, _ path: String) {
        switch value {
        case .string(let text) where Self.isPercent(text): break
        case .string:
            let rule =
                "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', "
                + "regex used for validation is '[0-9]+%')"
            invalid(path, value, rule)
        default: notNegative(path, value)
        }
    }

    private static func isPercent(_ text: String) -> Bool {
        text.hasSuffix("%") && text.count > 1 && text.dropLast().utf8.allSatisfy { 48...57 ~= $0 }
            && Int(text.dropLast()) != nil
    }

    static func amount(_ value: Value?) -> Int {
        switch IntOrPercent(value) {
        case .int(let number), .percent(let number): number
        case nil: 0
        }
    }
}
