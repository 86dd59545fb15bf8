// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// Nodes, in `k8s.io/api/core/v1`.
    static let coreNodes: [String: String] = [
        "Node": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:NodeSpec status@3:NodeStatus",
        "NodeSpec": """
        podCIDR@1 podCIDRs@7:[]string;merge;set providerID@3 unschedulable@4:bool taints@5:[]Taint
        configSource@6:NodeConfigSource externalID@2
        """,
        "Taint": "key!@1 value@2 effect!@3:string.TaintEffect timeAdded@4:time",
        "NodeConfigSource": "configMap@2:ConfigMapNodeConfigSource",
        "ConfigMapNodeConfigSource": """
        namespace!@1 name!@2 uid@3:string.types.UID resourceVersion@4 kubeletConfigKey!@5
        """,
        "NodeStatus": """
        capacity@1:{}quantity allocatable@2:{}quantity phase@3:string.NodePhase
        conditions@4:[]NodeCondition;merge=type;map=type addresses@5:[]NodeAddress;merge=type;map=type
        daemonEndpoints@6:NodeDaemonEndpoints nodeInfo@7:NodeSystemInfo images@8:[]ContainerImage
        volumesInUse@9:[]string.UniqueVolumeName volumesAttached@10:[]AttachedVolume config@11:NodeConfigStatus
        runtimeHandlers@12:[]NodeRuntimeHandler features@13:NodeFeatures declaredFeatures:[]string
        """,
        "NodeCondition": """
        type!@1:string.NodeConditionType status!@2:string.ConditionStatus lastHeartbeatTime@3:time
        lastTransitionTime@4:time reason@5 message@6
        """,
        "NodeAddress": "type!@1:string.NodeAddressType address!@2",
        "NodeDaemonEndpoints": "kubeletEndpoint@1:DaemonEndpoint",
        "DaemonEndpoint": "Port!@1:int32",
        "NodeSystemInfo": """
        machineID!@1 systemUUID!@2 bootID!@3 kernelVersion!@4 osImage!@5 containerRuntimeVersion!@6 kubeletVersion!@7
        kubeProxyVersion!@8 operatingSystem!@9 architecture!@10 swap@11:NodeSwapStatus
        """,
        "NodeSwapStatus": "capacity@1:*int64",
        "ContainerImage": "names@1:[]string sizeBytes@2:int64",
        "AttachedVolume": "name!@1:string.UniqueVolumeName devicePath!@2",
        "NodeConfigStatus": """
        assigned@1:NodeConfigSource active@2:NodeConfigSource lastKnownGood@3:NodeConfigSource error@4
        """,
        "NodeRuntimeHandler": "name@1 features@2:NodeRuntimeHandlerFeatures",
        "NodeRuntimeHandlerFeatures": "recursiveReadOnlyMounts@1:*bool userNamespaces@2:*bool",
        "NodeFeatures": "supplementalGroupsPolicy@1:*bool",
    ]
}
