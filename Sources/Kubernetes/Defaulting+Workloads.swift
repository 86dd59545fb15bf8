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

    /// Fills in a whole ReplicationController, whose selector and labels are its template's if it has none. The
    /// corresponding Go function is `SetDefaults_ReplicationController`.
    mutating func defaultReplicationController() {
        let labels = self["spec", "template", "metadata", "labels"] ?? [:]
        if !labels.fields.isEmpty {
            if self["spec", "selector"]?.fields.isEmpty ?? true { self["spec", "selector"] = labels }
            if self["metadata", "labels"]?.fields.isEmpty ?? true { self["metadata", "labels"] = labels }
        }
        changeField("spec") { $0.defaultReplicaSet() }
    }

    /// Fills in the spec of a StatefulSet. The corresponding Go function is `SetDefaults_StatefulSet`.
    mutating func defaultStatefulSet() {
        setDefault("podManagementPolicy", "OrderedReady")
        if self["updateStrategy"].isNullOrMissing { self["updateStrategy"] = [:] }
        changeField("updateStrategy") { strategy in
            strategy.setDefault("type", "RollingUpdate")
            guard strategy["type"] == "RollingUpdate" else { return }
            if strategy["rollingUpdate"].isNullOrMissing { strategy["rollingUpdate"] = [:] }
            strategy.changeField("rollingUpdate") { $0.setDefault("partition", 0) }
        }
        if self["persistentVolumeClaimRetentionPolicy"].isNullOrMissing {
            self["persistentVolumeClaimRetentionPolicy"] = [:]
        }
        changeField("persistentVolumeClaimRetentionPolicy") {
            $0.setDefault("whenDeleted", "Retain")
            $0.setDefault("whenScaled", "Retain")
        }
        setDefault("replicas", 1)
        setDefault("revisionHistoryLimit", 10)
        changeEach("volumeClaimTemplates") { claim in
            claim.setDefault("apiVersion", "v1")
            claim.setDefault("kind", "PersistentVolumeClaim")
            claim.defaultClaim()
        }
        changeField("template") { template in template.defaultTemplate() }
    }

    /// Fills in the spec of a DaemonSet. The corresponding Go function is `SetDefaults_DaemonSet`.
    mutating func defaultDaemonSet() {
        if self["updateStrategy"].isNullOrMissing { self["updateStrategy"] = [:] }
        changeField("updateStrategy") { strategy in
            strategy.setDefault("type", "RollingUpdate")
            guard strategy["type"] == "RollingUpdate" else { return }
            if strategy["rollingUpdate"].isNullOrMissing { strategy["rollingUpdate"] = [:] }
            strategy.changeField("rollingUpdate") {
                $0.setDefault("maxUnavailable", 1)
                $0.setDefault("maxSurge", 0)
            }
        }
        setDefault("revisionHistoryLimit", 10)
        changeField("template") { template in template.defaultTemplate() }
    }

    /// Fills in a whole PersistentVolumeClaim. The corresponding Go function is `SetDefaults_PersistentVolumeClaim`.
    mutating func defaultClaim() {
        changeField("spec") { $0.setDefault("volumeMode", "Filesystem") }
        if self["status", "phase"].isUnset { self["status", "phase"] = "Pending" }
    }

    mutating func defaultTemplate() {
        if self["spec"].isNullOrMissing { self["spec"] = [:] }
        changeField("spec") { $0.defaultPodSpec() }
    }
}
