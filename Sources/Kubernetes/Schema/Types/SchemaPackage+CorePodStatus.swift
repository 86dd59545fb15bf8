// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// What a Pod's status says, in `k8s.io/api/core/v1`.
    static let corePodStatus: [String: String] = [
        "PodStatus": """
        observedGeneration@17:int64 phase@1:string.PodPhase conditions@2:[]PodCondition;merge=type;map=type message@3
        reason@4 nominatedNodeName@11 hostIP@5 hostIPs@16:[]HostIP;merge=ip podIP@6 podIPs@12:[]PodIP;merge=ip;map=ip
        startTime@7:time initContainerStatuses@10:[]ContainerStatus containerStatuses@8:[]ContainerStatus
        qosClass@9:string.PodQOSClass ephemeralContainerStatuses@13:[]ContainerStatus resize@14:string.PodResizeStatus
        resourceClaimStatuses@15:[]PodResourceClaimStatus;merge=name;retainKeys;map=name
        extendedResourceClaimStatus:PodExtendedResourceClaimStatus allocatedResources:{}quantity
        resources:ResourceRequirements nodeAllocatableResourceClaimStatuses:[]NodeAllocatableResourceClaimStatus
        """,
        "PodCondition": """
        type!@1:string.PodConditionType observedGeneration@7:int64 status!@2:string.ConditionStatus
        lastProbeTime@3:time lastTransitionTime@4:time reason@5 message@6
        """,
        "HostIP": "ip!@1",
        "PodIP": "ip!@1",
        "ContainerStatus": """
        name!@1 state@2:ContainerState lastState@3:ContainerState ready!@4:bool restartCount!@5:int32 image!@6
        imageID!@7 containerID@8 started@9:*bool allocatedResources@10:{}quantity resources@11:ResourceRequirements
        volumeMounts@12:[]VolumeMountStatus;merge=mountPath;map=mountPath user@13:ContainerUser
        allocatedResourcesStatus@14:[]ResourceStatus;merge=name;map=name stopSignal@15:*string.Signal
        """,
        "ContainerState": """
        waiting@1:ContainerStateWaiting running@2:ContainerStateRunning terminated@3:ContainerStateTerminated
        """,
        "ContainerStateWaiting": "reason@1 message@2",
        "ContainerStateRunning": "startedAt@1:time",
        "ContainerStateTerminated": """
        exitCode!@1:int32 signal@2:int32 reason@3 message@4 startedAt@5:time finishedAt@6:time containerID@7
        """,
        "VolumeMountStatus": """
        name!@1 mountPath!@2 readOnly@3:bool recursiveReadOnly@4:*string.RecursiveReadOnlyMode
        volumeStatus:VolumeStatus
        """,
        "VolumeStatus": "image:ImageVolumeStatus",
        "ImageVolumeStatus": "imageRef!",
        "ContainerUser": "linux@1:LinuxContainerUser",
        "LinuxContainerUser": "uid!@1:int64 gid!@2:int64 supplementalGroups@3:[]int64",
        "ResourceStatus": "name!@1:string.ResourceName resources@2:[]ResourceHealth;map=resourceID",
        "ResourceHealth": "resourceID!@1:string.ResourceID health@2:string.ResourceHealthStatus message",
        "PodResourceClaimStatus": "name!@1 resourceClaimName@2:*string",
        "PodExtendedResourceClaimStatus": "requestMappings!:[]ContainerExtendedResourceRequest resourceClaimName!",
        "ContainerExtendedResourceRequest": "containerName! resourceName! requestName!",
        "NodeAllocatableResourceClaimStatus": "resourceClaimName! containers:[]string resources!:{}quantity",
    ]
}
