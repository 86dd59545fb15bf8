// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/autoscaling/v1`.
    static let autoscalingV1 = SchemaPackage(
        "autoscaling.v1",
        [
            "HorizontalPodAutoscaler": """
            apiVersion kind metadata@1:meta.ObjectMeta spec!@2:HorizontalPodAutoscalerSpec
            status@3:HorizontalPodAutoscalerStatus
            """,
            "HorizontalPodAutoscalerSpec": """
            scaleTargetRef!@1:CrossVersionObjectReference minReplicas@2:*int32 maxReplicas!@3:int32
            targetCPUUtilizationPercentage@4:*int32
            """,
            "CrossVersionObjectReference": ";atomic kind!@1 name!@2 apiVersion@3",
            "HorizontalPodAutoscalerStatus": """
            observedGeneration@1:*int64 lastScaleTime@2:time currentReplicas!@3:int32 desiredReplicas!@4:int32
            currentCPUUtilizationPercentage@5:*int32
            """,
            "Scale": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:ScaleSpec status@3:ScaleStatus",
            "ScaleSpec": "replicas@1:int32",
            "ScaleStatus": "replicas!@1:int32 selector@2",
        ])
}
