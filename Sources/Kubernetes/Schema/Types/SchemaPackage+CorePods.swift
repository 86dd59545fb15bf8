// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// Pods and what is decided of them as a whole, in `k8s.io/api/core/v1`.
    static let corePods: [String: String] = [
        "Pod": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:PodSpec status@3:PodStatus",
        "PodSpec": """
        volumes@1:[]Volume;merge=name;retainKeys;map=name initContainers@20:[]Container;merge=name;map=name
        containers!@2:[]Container;merge=name;map=name ephemeralContainers@34:[]EphemeralContainer;merge=name;map=name
        restartPolicy@3:string.RestartPolicy terminationGracePeriodSeconds@4:*int64 activeDeadlineSeconds@5:*int64
        dnsPolicy@6:string.DNSPolicy nodeSelector@7:{}string;atomic serviceAccountName@8 serviceAccount@9
        automountServiceAccountToken@21:*bool nodeName@10 hostNetwork@11:bool hostPID@12:bool hostIPC@13:bool
        shareProcessNamespace@27:*bool securityContext@14:PodSecurityContext
        imagePullSecrets@15:[]LocalObjectReference;merge=name;map=name hostname@16 subdomain@17 affinity@18:Affinity
        schedulerName@19 tolerations@22:[]Toleration hostAliases@23:[]HostAlias;merge=ip;map=ip priorityClassName@24
        priority@25:*int32 dnsConfig@26:PodDNSConfig readinessGates@28:[]PodReadinessGate runtimeClassName@29:*string
        enableServiceLinks@30:*bool preemptionPolicy@31:*string.PreemptionPolicy overhead@32:{}quantity
        topologySpreadConstraints@33:[]TopologySpreadConstraint;merge=topologyKey;map=topologyKey,whenUnsatisfiable
        setHostnameAsFQDN@35:*bool os@36:PodOS hostUsers@37:*bool
        schedulingGates@38:[]PodSchedulingGate;merge=name;map=name
        resourceClaims@39:[]PodResourceClaim;merge=name;retainKeys;map=name resources@40:ResourceRequirements
        hostnameOverride@41:*string workloadRef:any schedulingGroup:PodSchedulingGroup
        """,
        "PodSecurityContext": """
        seLinuxOptions@1:SELinuxOptions windowsOptions@8:WindowsSecurityContextOptions runAsUser@2:*int64
        runAsGroup@6:*int64 runAsNonRoot@3:*bool supplementalGroups@4:[]int64
        supplementalGroupsPolicy@12:*string.SupplementalGroupsPolicy fsGroup@5:*int64 sysctls@7:[]Sysctl
        fsGroupChangePolicy@9:*string.PodFSGroupChangePolicy seccompProfile@10:SeccompProfile
        appArmorProfile@11:AppArmorProfile seLinuxChangePolicy@13:*string.PodSELinuxChangePolicy
        """,
        "Sysctl": "name!@1 value!@2",
        "Affinity": "nodeAffinity@1:NodeAffinity podAffinity@2:PodAffinity podAntiAffinity@3:PodAntiAffinity",
        "NodeAffinity": """
        requiredDuringSchedulingIgnoredDuringExecution@1:NodeSelector
        preferredDuringSchedulingIgnoredDuringExecution@2:[]PreferredSchedulingTerm
        """,
        "PreferredSchedulingTerm": "weight!@1:int32 preference!@2:NodeSelectorTerm",
        "PodAffinity": """
        requiredDuringSchedulingIgnoredDuringExecution@1:[]PodAffinityTerm
        preferredDuringSchedulingIgnoredDuringExecution@2:[]WeightedPodAffinityTerm
        """,
        "PodAffinityTerm": """
        labelSelector@1:meta.LabelSelector namespaces@2:[]string topologyKey!@3 namespaceSelector@4:meta.LabelSelector
        matchLabelKeys@5:[]string mismatchLabelKeys@6:[]string
        """,
        "WeightedPodAffinityTerm": "weight!@1:int32 podAffinityTerm!@2:PodAffinityTerm",
        "PodAntiAffinity": """
        requiredDuringSchedulingIgnoredDuringExecution@1:[]PodAffinityTerm
        preferredDuringSchedulingIgnoredDuringExecution@2:[]WeightedPodAffinityTerm
        """,
        "Toleration": """
        key@1 operator@2:string.TolerationOperator value@3 effect@4:string.TaintEffect tolerationSeconds@5:*int64
        """,
        "HostAlias": "ip!@1 hostnames@2:[]string",
        "PodDNSConfig": "nameservers@1:[]string searches@2:[]string options@3:[]PodDNSConfigOption",
        "PodDNSConfigOption": "name@1 value@2:*string",
        "PodReadinessGate": "conditionType!@1:string.PodConditionType",
        "TopologySpreadConstraint": """
        maxSkew!@1:int32 topologyKey!@2 whenUnsatisfiable!@3:string.UnsatisfiableConstraintAction
        labelSelector@4:meta.LabelSelector minDomains@5:*int32 nodeAffinityPolicy@6:*string.NodeInclusionPolicy
        nodeTaintsPolicy@7:*string.NodeInclusionPolicy matchLabelKeys@8:[]string
        """,
        "PodOS": "name!@1:string.OSName",
        "PodSchedulingGate": "name!@1",
        "PodResourceClaim": "name!@1 resourceClaimName@3:*string resourceClaimTemplateName@4:*string",
        "PodSchedulingGroup": "podGroupName",
        "PodTemplate": "apiVersion kind metadata@1:meta.ObjectMeta template@2:PodTemplateSpec",
        "PodTemplateSpec": "metadata@1:meta.ObjectMeta spec@2:PodSpec",
    ]
}
