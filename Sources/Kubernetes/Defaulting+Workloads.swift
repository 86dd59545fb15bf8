// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// Fills in the spec of a Deployment. The corresponding Go function is `SetDefaults_Deployment`.
    mutating func defaultDeployment() {
        setDefault("replicas", 1)
        if self["strategy"].isNullOrMissing { self["strategy"] = [:] }
        changeField("strategy") { strategy in
            strategy.setDefault("type", "RollingUpdate")
            guard strategy["type"] == "RollingUpdate" else { return }
            if strategy["rollingUpdate"].isNullOrMissing { strategy["rollingUpdate"] = [:] }
            strategy.changeField("rollingUpdate") {
                $0.setDefault("maxUnavailable", "25%")
                $0.setDefault("maxSurge", "25%")
            }
        }
        setDefault("revisionHistoryLimit", 10)
        setDefault("progressDeadlineSeconds", 600)
        changeField("template") { template in template.defaultTemplate() }
    }

    /// Fills in the spec of a ReplicaSet. The corresponding Go function is `SetDefaults_ReplicaSet`.
    mutating func defaultReplicaSet() {
        setDefault("replicas", 1)
        changeField("template") { template in template.defaultTemplate() }
    }

    private mutating func defaultTemplate() {
        if self["spec"].isNullOrMissing { self["spec"] = [:] }
        changeField("spec") { $0.defaultPodSpec() }
    }
}
