// SPDX-License-Identifier: Apache-2.0

extension Validator {
    /// The corresponding Go functions are `ValidateStatefulSet` and `ValidateStatefulSetUpdate`.
    mutating func statefulSet(_ object: Object, replacing old: Object?) {
        let spec = object.value["spec"] ?? [:]
        oneOfTwo("spec.podManagementPolicy", spec["podManagementPolicy"], "OrderedReady", "Parallel")
        let strategy = spec["updateStrategy"] ?? [:]
        oneOfTwo("spec.updateStrategy.type", strategy["type"], "RollingUpdate", "OnDelete")
        notNegative("spec.updateStrategy.rollingUpdate.partition", strategy["rollingUpdate"]?["partition"])
        notNegative("spec.ordinals.start", spec["ordinals"]?["start"])
        workload(spec, replacing: nil, kind: "statefulset")
        notNegative("spec.minReadySeconds", spec["minReadySeconds"])
        notNegative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"])
        if let name = spec["serviceName"]?.string, !name.isEmpty {
            invalid("spec.serviceName", name, Names.subdomain(name))
        }
        if let old { statefulSetChange(from: old.spec, to: spec) }
    }

    private mutating func oneOfTwo(_ path: String, _ value: Value?, _ first: String, _ second: String) {
        guard let text = value?.string, !text.isEmpty else { return required(path) }
        if text != first, text != second { invalid(path, value, "must be '\(first)' or '\(second)'") }
    }

    private mutating func statefulSetChange(from old: Value, to new: Value) {
        func fixed(_ spec: Value) -> Value {
            var spec = spec
            for field in [
                "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
            ] { spec[field] = nil }
            return spec
        }
        guard fixed(old) != fixed(new) else { return }
        forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")
    }

    /// The corresponding Go functions are `ValidateDaemonSet` and `ValidateDaemonSetUpdate`.
    mutating func daemonSet(_ object: Object, replacing old: Object?) {
        let spec = object.value["spec"] ?? [:]
        workload(spec, replacing: old?.spec, kind: "daemonset")
        notNegative("spec.minReadySeconds", spec["minReadySeconds"])
        daemonStrategy(spec["updateStrategy"] ?? [:])
        notNegative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"])
    }

    /// The corresponding Go function is `ValidateDaemonSetUpdateStrategy`.
    private mutating func daemonStrategy(_ strategy: Value) {
        let path = "spec.updateStrategy.rollingUpdate"
        let rolling = strategy["rollingUpdate"]
        switch strategy["type"]?.string {
        case "OnDelete": return
        case "RollingUpdate": break
        default: return oneOf("spec.updateStrategy.type", strategy["type"], ["OnDelete", "RollingUpdate"])
        }
        guard let rolling, !rolling.isNull else { return required(path) }
        let (surge, unavailable) = (rolling["maxSurge"], rolling["maxUnavailable"])
        bound(unavailable, "\(path).maxUnavailable")
        bound(surge, "\(path).maxSurge")
        switch (Self.amount(surge) > 0, Self.amount(unavailable) > 0) {
        case (true, true): invalid("\(path).maxSurge", surge, "may not be set when maxUnavailable is non-zero")
        case (false, false): invalid("\(path).maxUnavailable", unavailable, "cannot be 0 when maxSurge is 0")
        default: break
        }
    }

    /// The corresponding Go functions are `ValidateReplicationController` and its `Update`.
    mutating func replicationController(_ object: Object) {
        let spec = object.value["spec"] ?? [:]
        let selector = spec["selector"]?.strings ?? [:]
        notNegative("spec.minReadySeconds", spec["minReadySeconds"])
        if selector.isEmpty { required("spec.selector") }
        notNegative("spec.replicas", spec["replicas"])
        if spec["template"].isNullOrMissing {
            required("spec.template")
        } else {
            template(
                spec["template"] ?? [:], selector.isEmpty ? nil : ["matchLabels": spec["selector"] ?? [:]],
                kind: "ReplicationController")
        }
    }
}
