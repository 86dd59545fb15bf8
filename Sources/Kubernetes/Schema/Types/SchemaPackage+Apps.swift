// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/apps/v1`.
    static let apps = SchemaPackage(
        "apps.v1",
        [
            "Deployment": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:DeploymentSpec status@3:DeploymentStatus",
            "DeploymentSpec": """
            replicas@1:*int32 selector!@2:meta.LabelSelector template!@3:core.PodTemplateSpec
            strategy@4:DeploymentStrategy;retainKeys minReadySeconds@5:int32 revisionHistoryLimit@6:*int32
            paused@7:bool progressDeadlineSeconds@9:*int32
            """,
            "DeploymentStrategy": "type@1:string.DeploymentStrategyType rollingUpdate@2:RollingUpdateDeployment",
            "RollingUpdateDeployment": "maxUnavailable@1:*intOrString maxSurge@2:*intOrString",
            "DeploymentStatus": """
            observedGeneration@1:int64 replicas@2:int32 updatedReplicas@3:int32 readyReplicas@7:int32
            availableReplicas@4:int32 unavailableReplicas@5:int32 terminatingReplicas@9:*int32
            conditions@6:[]DeploymentCondition;merge=type;map=type collisionCount@8:*int32
            """,
            "DeploymentCondition": """
            type!@1:string.DeploymentConditionType status!@2:string.core.ConditionStatus lastUpdateTime@6:time
            lastTransitionTime@7:time reason@4 message@5
            """,
            "ReplicaSet": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:ReplicaSetSpec status@3:ReplicaSetStatus",
            "ReplicaSetSpec": """
            replicas@1:*int32 minReadySeconds@4:int32 selector!@2:meta.LabelSelector template@3:core.PodTemplateSpec
            """,
            "ReplicaSetStatus": """
            replicas!@1:int32 fullyLabeledReplicas@2:int32 readyReplicas@4:int32 availableReplicas@5:int32
            terminatingReplicas@7:*int32 observedGeneration@3:int64
            conditions@6:[]ReplicaSetCondition;merge=type;map=type
            """,
            "ReplicaSetCondition": """
            type!@1:string.ReplicaSetConditionType status!@2:string.core.ConditionStatus lastTransitionTime@3:time
            reason@4 message@5
            """,
            "StatefulSet": """
            apiVersion kind metadata@1:meta.ObjectMeta spec@2:StatefulSetSpec status@3:StatefulSetStatus
            """,
            "StatefulSetSpec": """
            replicas@1:*int32 selector!@2:meta.LabelSelector template!@3:core.PodTemplateSpec
            volumeClaimTemplates@4:[]core.PersistentVolumeClaim serviceName@5
            podManagementPolicy@6:string.PodManagementPolicyType updateStrategy@7:StatefulSetUpdateStrategy
            revisionHistoryLimit@8:*int32 minReadySeconds@9:int32
            persistentVolumeClaimRetentionPolicy@10:StatefulSetPersistentVolumeClaimRetentionPolicy
            ordinals@11:StatefulSetOrdinals
            """,
            "StatefulSetUpdateStrategy": """
            type@1:string.StatefulSetUpdateStrategyType rollingUpdate@2:RollingUpdateStatefulSetStrategy
            """,
            "RollingUpdateStatefulSetStrategy": "partition@1:*int32 maxUnavailable@2:*intOrString",
            "StatefulSetPersistentVolumeClaimRetentionPolicy": """
            whenDeleted@1:string.PersistentVolumeClaimRetentionPolicyType
            whenScaled@2:string.PersistentVolumeClaimRetentionPolicyType
            """,
            "StatefulSetOrdinals": "start@1:int32",
            "StatefulSetStatus": """
            observedGeneration@1:int64 replicas!@2:int32 readyReplicas@3:int32 currentReplicas@4:int32
            updatedReplicas@5:int32 currentRevision@6 updateRevision@7 collisionCount@9:*int32
            conditions@10:[]StatefulSetCondition;merge=type;map=type availableReplicas@11:int32
            """,
            "StatefulSetCondition": """
            type!@1:string.StatefulSetConditionType status!@2:string.core.ConditionStatus lastTransitionTime@3:time
            reason@4 message@5
            """,
            "DaemonSet": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:DaemonSetSpec status@3:DaemonSetStatus",
            "DaemonSetSpec": """
            selector!@1:meta.LabelSelector template!@2:core.PodTemplateSpec updateStrategy@3:DaemonSetUpdateStrategy
            minReadySeconds@4:int32 revisionHistoryLimit@6:*int32
            """,
            "DaemonSetUpdateStrategy": """
            type@1:string.DaemonSetUpdateStrategyType rollingUpdate@2:RollingUpdateDaemonSet
            """,
            "RollingUpdateDaemonSet": "maxUnavailable@1:*intOrString maxSurge@2:*intOrString",
            "DaemonSetStatus": """
            currentNumberScheduled!@1:int32 numberMisscheduled!@2:int32 desiredNumberScheduled!@3:int32
            numberReady!@4:int32 observedGeneration@5:int64 updatedNumberScheduled@6:int32 numberAvailable@7:int32
            numberUnavailable@8:int32 collisionCount@9:*int32 conditions@10:[]DaemonSetCondition;merge=type;map=type
            """,
            "DaemonSetCondition": """
            type!@1:string.DaemonSetConditionType status!@2:string.core.ConditionStatus lastTransitionTime@3:time
            reason@4 message@5
            """,
            "ControllerRevision": "apiVersion kind metadata@1:meta.ObjectMeta data@2:raw revision!@3:int64",
        ])
}
