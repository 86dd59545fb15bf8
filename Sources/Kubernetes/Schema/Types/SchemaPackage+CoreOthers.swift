// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// Everything else in `k8s.io/api/core/v1`.
    static let coreOthers: [String: String] = [
        "List": "apiVersion kind metadata@1:meta.ListMeta items@2:[]raw",
        "ObjectReference": """
        ;atomic kind@1 namespace@2 name@3 uid@4:string.types.UID apiVersion@5 resourceVersion@6 fieldPath@7
        """,
        "LocalObjectReference": ";atomic name@1",
        "SecretReference": ";atomic name@1 namespace@2",
        "TypedLocalObjectReference": ";atomic apiGroup@1:*string kind!@2 name!@3",
        "TypedObjectReference": "apiGroup@1:*string kind!@2 name!@3 namespace@4:*string",
        "Namespace": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:NamespaceSpec status@3:NamespaceStatus",
        "NamespaceSpec": "finalizers@1:[]string.FinalizerName",
        "NamespaceStatus": "phase@1:string.NamespacePhase conditions@2:[]NamespaceCondition;merge=type;map=type",
        "NamespaceCondition": """
        type!@1:string.NamespaceConditionType status!@2:string.ConditionStatus lastTransitionTime@4:time reason@5
        message@6
        """,
        "ConfigMap": """
        apiVersion kind metadata@1:meta.ObjectMeta immutable@4:*bool data@2:{}string binaryData@3:{}bytes
        """,
        "Secret": """
        apiVersion kind metadata@1:meta.ObjectMeta immutable@5:*bool data@2:{}bytes stringData@4:{}string
        type@3:string.SecretType
        """,
        "ServiceAccount": """
        apiVersion kind metadata@1:meta.ObjectMeta secrets@2:[]ObjectReference;merge=name;map=name
        imagePullSecrets@3:[]LocalObjectReference automountServiceAccountToken@4:*bool
        """,
        "ReplicationController": """
        apiVersion kind metadata@1:meta.ObjectMeta spec@2:ReplicationControllerSpec
        status@3:ReplicationControllerStatus
        """,
        "ReplicationControllerSpec": """
        replicas@1:*int32 minReadySeconds@4:int32 selector@2:{}string;atomic template@3:PodTemplateSpec
        """,
        "ReplicationControllerStatus": """
        replicas!@1:int32 fullyLabeledReplicas@2:int32 readyReplicas@4:int32 availableReplicas@5:int32
        observedGeneration@3:int64 conditions@6:[]ReplicationControllerCondition;merge=type;map=type
        """,
        "ReplicationControllerCondition": """
        type!@1:string.ReplicationControllerConditionType status!@2:string.ConditionStatus lastTransitionTime@3:time
        reason@4 message@5
        """,
        "LimitRange": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:LimitRangeSpec",
        "LimitRangeSpec": "limits!@1:[]LimitRangeItem",
        "LimitRangeItem": """
        type!@1:string.LimitType max@2:{}quantity min@3:{}quantity default@4:{}quantity defaultRequest@5:{}quantity
        maxLimitRequestRatio@6:{}quantity
        """,
        "ResourceQuota": """
        apiVersion kind metadata@1:meta.ObjectMeta spec@2:ResourceQuotaSpec status@3:ResourceQuotaStatus
        """,
        "ResourceQuotaSpec": "hard@1:{}quantity scopes@2:[]string.ResourceQuotaScope scopeSelector@3:ScopeSelector",
        "ScopeSelector": ";atomic matchExpressions@1:[]ScopedResourceSelectorRequirement",
        "ScopedResourceSelectorRequirement": """
        scopeName!@1:string.ResourceQuotaScope operator!@2:string.ScopeSelectorOperator values@3:[]string
        """,
        "ResourceQuotaStatus": "hard@1:{}quantity used@2:{}quantity",
        "Event": """
        apiVersion kind metadata!@1:meta.ObjectMeta involvedObject!@2:ObjectReference reason@3 message@4
        source@5:EventSource firstTimestamp@6:time lastTimestamp@7:time count@8:int32 type@9 eventTime@10:microTime
        series@11:EventSeries action@12 related@13:ObjectReference reportingComponent@14 reportingInstance@15
        """,
        "EventSource": "component@1 host@2",
        "EventSeries": "count@1:int32 lastObservedTime@2:microTime",
        "Binding": "apiVersion kind metadata@1:meta.ObjectMeta target!@2:ObjectReference",
        "ComponentStatus": """
        apiVersion kind metadata@1:meta.ObjectMeta conditions@2:[]ComponentCondition;merge=type;map=type
        """,
        "ComponentCondition": """
        type!@1:string.ComponentConditionType status!@2:string.ConditionStatus message@3 error@4
        """,
        "TopologySelectorTerm": ";atomic matchLabelExpressions@1:[]TopologySelectorLabelRequirement",
        "TopologySelectorLabelRequirement": "key!@1 values!@2:[]string",
    ]
}
