// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// Fills in what only Pods get, and no templates. The corresponding Go function is `SetDefaults_Pod`.
    mutating func defaultPod() {
        defaultPodSpec()
        if self["enableServiceLinks"].isNullOrMissing { self["enableServiceLinks"] = true }
        let isHostNetwork = self["hostNetwork"]?.bool ?? false
        for field in ["containers", "initContainers"] {
            changeEach(field) { container in
                container.changeField("resources") { $0.defaultRequests() }
                guard isHostNetwork else { return }
                container.changeEach("ports") { port in
                    guard port["hostPort"].isNullOrMissing || port["hostPort"] == 0 else { return }
                    port["hostPort"] = port["containerPort"]
                }
            }
        }
    }

    /// Fills in what a cluster's admission adds to Pods: service account, tolerations, priority. The account's token
    /// volume is not among it: nothing in a lab could read it.
    mutating func admitPod() {
        setDefault("serviceAccountName", "default")
        setDefault("serviceAccount", self["serviceAccountName"] ?? "default")
        if self["priorityClassName"].isUnset {
            setDefault("priority", 0)
            setDefault("preemptionPolicy", "PreemptLowerPriority")
        }
        var tolerations = self["tolerations"]?.elements ?? []
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let isTolerated = tolerations.contains {
                ($0["key"]?.string == key || $0["key"].isUnset)
                    && ["NoExecute", "", nil].contains($0["effect"]?.string)
            }
            if isTolerated { continue }
            tolerations.append(
                ["key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300])
        }
        self["tolerations"] = .array(tolerations)
    }

    /// Fills in the spec of a Pod or a Pod template. The corresponding Go function is `SetDefaults_PodSpec`.
    mutating func defaultPodSpec() {
        setDefault("restartPolicy", "Always")
        setDefault("dnsPolicy", "ClusterFirst")
        setDefault("terminationGracePeriodSeconds", 30)
        setDefault("securityContext", [:])
        setDefault("schedulerName", "default-scheduler")
        // The old name of the field is written beside the new one.
        if let account = self["serviceAccountName"]?.string, !account.isEmpty {
            setDefault("serviceAccount", .string(account))
        }
        if let account = self["serviceAccount"]?.string, !account.isEmpty {
            setDefault("serviceAccountName", .string(account))
        }
        for field in ["containers", "initContainers"] { changeEach(field) { $0.defaultContainer() } }
        changeEach("volumes") { volume in
            if volume.fields.allSatisfy({ $0.key == "name" || $0.value.isNull }) { volume["emptyDir"] = .object([:]) }
        }
    }

    mutating func defaultPodStatus() {
        if self["status", "phase"].isUnset { self["status", "phase"] = "Pending" }
        if self["status", "qosClass"].isUnset { self["status", "qosClass"] = .string(qualityOfService) }
    }

    private mutating func defaultContainer() {
        if self["resources"].isNullOrMissing { self["resources"] = [:] }
        setDefault("terminationMessagePath", "/dev/termination-log")
        setDefault("terminationMessagePolicy", "File")
        setDefault("imagePullPolicy", isLatestImage ? "Always" : "IfNotPresent")
        changeEach("ports") { $0.setDefault("protocol", "TCP") }
        changeEach("env") { variable in
            variable.changeField("valueFrom") { $0.changeField("fieldRef") { $0.setDefault("apiVersion", "v1") } }
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] { changeField(probe) { $0.defaultProbe() } }
        changeField("lifecycle") { lifecycle in
            for hook in ["postStart", "preStop"] { lifecycle.changeField(hook) { $0.defaultRequest() } }
        }
    }

    private mutating func defaultProbe() {
        for (field, value) in [
            ("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3),
        ] as [(String, Value)] where self[field].isNullOrMissing || self[field] == 0 {
            self[field] = value
        }
        defaultRequest()
        changeField("grpc") { if $0["service"].isNullOrMissing { $0["service"] = "" } }
    }

    private mutating func defaultRequest() {
        changeField("httpGet") {
            $0.setDefault("path", "/")
            $0.setDefault("scheme", "HTTP")
        }
    }

    private mutating func defaultRequests() {
        for (name, limit) in self["limits"]?.fields ?? [:] where self["requests"]?[name] == nil {
            self["requests", name] = limit
        }
    }

    /// True for an image without a tag, or with the tag `latest`, and without a digest.
    private var isLatestImage: Bool {
        let image = self["image"]?.string ?? ""
        guard !image.contains("@") else { return false }
        let name = image.split(separator: "/").last ?? ""
        let parts = name.split(separator: ":", maxSplits: 1)
        return parts.count < 2 || parts[1] == "latest"
    }

    /// `BestEffort` if no container asks for anything, `Guaranteed` if all ask for what they are limited to, else
    /// `Burstable`.
    private var qualityOfService: String {
        let containers = ["containers", "initContainers"].flatMap { self["spec"]?[$0]?.elements ?? [] }
        let asked = containers.map { [$0["resources"]?["requests"], $0["resources"]?["limits"]] }
        if asked.allSatisfy({ $0.allSatisfy { $0?.fields.isEmpty ?? true } }) { return "BestEffort" }
        let isGuaranteed = asked.allSatisfy { pair in
            ["cpu", "memory"].allSatisfy { pair[1]?[$0] != nil && pair[0]?[$0] == pair[1]?[$0] }
        }
        return isGuaranteed ? "Guaranteed" : "Burstable"
    }
}
