// SPDX-License-Identifier: Apache-2.0

/// The fields of the objects that a lab acts on, complete for Kubernetes 1.36. The corresponding files are the
/// `types.go` of `k8s.io/api`.
enum SchemaTable {
    /// The fields of each type, by name.
    static let types: [String: [String: Schema]] = text.mapValues { fields in
        var result: [String: Schema] = [:]
        for entry in fields.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let parts = entry.split(separator: ":", maxSplits: 1)
            result[String(parts[0])] = Schema(parts.count == 2 ? parts[1] : "string")
        }
        return result
    }

    /// `name` stands for a string, `name:type` for anything else.
    private static let text: [String: String] = kinds.merging(services) { $1 }.merging(pods) { $1 }.merging(containers)
    { $1 }

    private static let kinds = [
        "Service": "apiVersion kind metadata:ObjectMeta spec:ServiceSpec status:any",
        "Pod": "apiVersion kind metadata:ObjectMeta spec:PodSpec status:any",
        "Deployment": "apiVersion kind metadata:ObjectMeta spec:DeploymentSpec status:any",
        "ReplicaSet": "apiVersion kind metadata:ObjectMeta spec:ReplicaSetSpec status:any",
        "Namespace": "apiVersion kind metadata:ObjectMeta spec:NamespaceSpec status:any",
        "Node": "apiVersion kind metadata:ObjectMeta spec:NodeSpec status:any",
        "Endpoints": "apiVersion kind metadata:ObjectMeta subsets:[]EndpointSubset",
        "EndpointSlice": """
        apiVersion kind metadata:ObjectMeta addressType endpoints:[]Endpoint ports:[]EndpointSlicePort
        """,
        "ObjectMeta": """
        name generateName namespace selfLink uid resourceVersion generation:int64 creationTimestamp deletionTimestamp
        deletionGracePeriodSeconds:int64 labels:{}string annotations:{}string ownerReferences:[]OwnerReference
        finalizers:[]string managedFields:any
        """,
        "OwnerReference": "apiVersion kind name uid controller:bool blockOwnerDeletion:bool",
        "NamespaceSpec": "finalizers:[]string",
        "NodeSpec": """
        podCIDR podCIDRs:[]string providerID unschedulable:bool taints:[]Taint configSource:any externalID
        """,
        "Taint": "key value effect timeAdded",
    ]

    private static let services = [
        "ServiceSpec": """
        ports:[]ServicePort selector:{}string clusterIP clusterIPs:[]string type externalIPs:[]string sessionAffinity
        loadBalancerIP loadBalancerSourceRanges:[]string externalName externalTrafficPolicy healthCheckNodePort:int32
        publishNotReadyAddresses:bool sessionAffinityConfig:SessionAffinityConfig ipFamilies:[]string ipFamilyPolicy
        allocateLoadBalancerNodePorts:bool loadBalancerClass internalTrafficPolicy trafficDistribution
        """,
        "ServicePort": "name protocol appProtocol port:int32 targetPort:intOrString nodePort:int32",
        "SessionAffinityConfig": "clientIP:ClientIPConfig",
        "ClientIPConfig": "timeoutSeconds:int32",
        "EndpointSubset": """
        addresses:[]EndpointAddress notReadyAddresses:[]EndpointAddress ports:[]EndpointPort
        """,
        "EndpointAddress": "ip hostname nodeName targetRef:ObjectReference",
        "EndpointPort": "name port:int32 protocol appProtocol",
        "Endpoint": """
        addresses:[]string conditions:EndpointConditions hostname targetRef:ObjectReference deprecatedTopology:{}string
        nodeName zone hints:any
        """,
        "EndpointConditions": "ready:bool serving:bool terminating:bool",
        "EndpointSlicePort": "name protocol port:int32 appProtocol",
        "ObjectReference": "kind namespace name uid apiVersion resourceVersion fieldPath",
    ]

    private static let pods = [
        "DeploymentSpec": """
        replicas:int32 selector:LabelSelector template:PodTemplateSpec strategy:DeploymentStrategy minReadySeconds:int32
        revisionHistoryLimit:int32 paused:bool progressDeadlineSeconds:int32
        """,
        "DeploymentStrategy": "type rollingUpdate:RollingUpdateDeployment",
        "RollingUpdateDeployment": "maxUnavailable:intOrString maxSurge:intOrString",
        "ReplicaSetSpec": "replicas:int32 minReadySeconds:int32 selector:LabelSelector template:PodTemplateSpec",
        "LabelSelector": "matchLabels:{}string matchExpressions:[]LabelSelectorRequirement",
        "LabelSelectorRequirement": "key operator values:[]string",
        "PodTemplateSpec": "metadata:ObjectMeta spec:PodSpec",
        "PodSpec": """
        volumes:[]any initContainers:[]Container containers:[]Container ephemeralContainers:[]any restartPolicy
        terminationGracePeriodSeconds:int64 activeDeadlineSeconds:int64 dnsPolicy nodeSelector:{}string
        serviceAccountName serviceAccount automountServiceAccountToken:bool nodeName hostNetwork:bool
        hostPID:bool hostIPC:bool
        shareProcessNamespace:bool securityContext:any imagePullSecrets:[]any hostname subdomain affinity:any
        schedulerName tolerations:[]Toleration hostAliases:[]HostAlias priorityClassName priority:int32
        dnsConfig:PodDNSConfig readinessGates:[]PodReadinessGate runtimeClassName enableServiceLinks:bool
        preemptionPolicy overhead:{}quantity topologySpreadConstraints:[]any setHostnameAsFQDN:bool os:any
        hostUsers:bool schedulingGates:[]any resourceClaims:[]any resources:ResourceRequirements hostnameOverride
        workloadRef:any
        schedulingGroup:any
        """,
        "Toleration": "key operator value effect tolerationSeconds:int64",
        "HostAlias": "ip hostnames:[]string",
        "PodDNSConfig": "nameservers:[]string searches:[]string options:[]PodDNSConfigOption",
        "PodDNSConfigOption": "name value",
        "PodReadinessGate": "conditionType",
    ]

    private static let containers = [
        "Container": """
        name image command:[]string args:[]string workingDir ports:[]ContainerPort envFrom:[]any env:[]EnvVar
        resources:ResourceRequirements resizePolicy:[]any restartPolicy restartPolicyRules:[]any volumeMounts:[]any
        volumeDevices:[]any livenessProbe:Probe readinessProbe:Probe startupProbe:Probe lifecycle:Lifecycle
        terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext:any stdin:bool stdinOnce:bool
        tty:bool
        """,
        "ContainerPort": "name hostPort:int32 containerPort:int32 protocol hostIP",
        "EnvVar": "name value valueFrom:EnvVarSource",
        "EnvVarSource": "fieldRef:any resourceFieldRef:any configMapKeyRef:any secretKeyRef:any fileKeyRef:any",
        "ResourceRequirements": "limits:{}quantity requests:{}quantity claims:[]any",
        "Probe": """
        exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction grpc:GRPCAction initialDelaySeconds:int32
        timeoutSeconds:int32 periodSeconds:int32 successThreshold:int32 failureThreshold:int32
        terminationGracePeriodSeconds:int64
        """,
        "Lifecycle": "postStart:LifecycleHandler preStop:LifecycleHandler stopSignal",
        "LifecycleHandler": "exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction sleep:SleepAction",
        "ExecAction": "command:[]string",
        "HTTPGetAction": "path port:intOrString host scheme httpHeaders:[]HTTPHeader",
        "HTTPHeader": "name value",
        "TCPSocketAction": "port:intOrString host",
        "GRPCAction": "port:int32 service",
        "SleepAction": "seconds:int64",
    ]
}
