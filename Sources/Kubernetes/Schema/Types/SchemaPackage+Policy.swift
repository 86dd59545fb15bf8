// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/policy/v1`.
    static let policy = SchemaPackage(
        "policy.v1",
        [
            "PodDisruptionBudget": """
            apiVersion kind metadata@1:meta.ObjectMeta spec@2:PodDisruptionBudgetSpec
            status@3:PodDisruptionBudgetStatus
            """,
            "PodDisruptionBudgetSpec": """
            minAvailable@1:*intOrString selector@2:meta.LabelSelector;replace maxUnavailable@3:*intOrString
            unhealthyPodEvictionPolicy@4:*string.UnhealthyPodEvictionPolicyType
            """,
            "PodDisruptionBudgetStatus": """
            observedGeneration@1:int64 disruptedPods@2:{}time disruptionsAllowed@3:int32 currentHealthy@4:int32
            desiredHealthy@5:int32 expectedPods@6:int32 conditions@7:[]meta.Condition;merge=type;map=type
            """,
            "Eviction": "apiVersion kind metadata@1:meta.ObjectMeta deleteOptions@2:meta.DeleteOptions",
        ])
}
