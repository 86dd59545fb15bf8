// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/batch/v1`.
    static let batch = SchemaPackage(
        "batch.v1",
        [
            "Job": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:JobSpec status@3:JobStatus",
            "JobSpec": """
            parallelism@1:*int32 completions@2:*int32 activeDeadlineSeconds@3:*int64
            podFailurePolicy@11:PodFailurePolicy successPolicy@16:SuccessPolicy backoffLimit@7:*int32
            backoffLimitPerIndex@12:*int32 maxFailedIndexes@13:*int32 selector@4:meta.LabelSelector
            manualSelector@5:*bool template!@6:core.PodTemplateSpec ttlSecondsAfterFinished@8:*int32
            completionMode@9:*string.CompletionMode suspend@10:*bool
            podReplacementPolicy@14:*string.PodReplacementPolicy managedBy@15:*string
            """,
            "PodFailurePolicy": "rules!@1:[]PodFailurePolicyRule",
            "PodFailurePolicyRule": """
            action!@1:string.PodFailurePolicyAction onExitCodes@2:PodFailurePolicyOnExitCodesRequirement
            onPodConditions@3:[]PodFailurePolicyOnPodConditionsPattern
            """,
            "PodFailurePolicyOnExitCodesRequirement": """
            containerName@1:*string operator!@2:string.PodFailurePolicyOnExitCodesOperator values!@3:[]int32;set
            """,
            "PodFailurePolicyOnPodConditionsPattern": """
            type!@1:string.core.PodConditionType status@2:string.core.ConditionStatus
            """,
            "SuccessPolicy": "rules!@1:[]SuccessPolicyRule",
            "SuccessPolicyRule": "succeededIndexes@1:*string succeededCount@2:*int32",
            "JobStatus": """
            conditions@1:[]JobCondition;merge=type startTime@2:time completionTime@3:time active@4:int32
            succeeded@5:int32 failed@6:int32 terminating@11:*int32 completedIndexes@7 failedIndexes@10:*string
            uncountedTerminatedPods@8:UncountedTerminatedPods ready@9:*int32
            """,
            "JobCondition": """
            type!@1:string.JobConditionType status!@2:string.core.ConditionStatus lastProbeTime@3:time
            lastTransitionTime@4:time reason@5 message@6
            """,
            "UncountedTerminatedPods": "succeeded@1:[]string.types.UID;set failed@2:[]string.types.UID;set",
            "CronJob": "apiVersion kind metadata@1:meta.ObjectMeta spec!@2:CronJobSpec status@3:CronJobStatus",
            "CronJobSpec": """
            schedule!@1 timeZone@8:*string startingDeadlineSeconds@2:*int64
            concurrencyPolicy@3:string.ConcurrencyPolicy suspend@4:*bool jobTemplate!@5:JobTemplateSpec
            successfulJobsHistoryLimit@6:*int32 failedJobsHistoryLimit@7:*int32
            """,
            "JobTemplateSpec": "metadata@1:meta.ObjectMeta spec@2:JobSpec",
            "CronJobStatus": "active@1:[]core.ObjectReference lastScheduleTime@4:time lastSuccessfulTime@5:time",
        ])
}
