// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// What all objects share: `k8s.io/apimachinery/pkg/apis/meta/v1`.
    static let meta = SchemaPackage(
        "meta.v1",
        [
            "DeleteOptions": """
            apiVersion kind gracePeriodSeconds@1:*int64 preconditions@2:Preconditions orphanDependents@3:*bool
            propagationPolicy@4:*string.DeletionPropagation dryRun@5:[]string
            ignoreStoreReadErrorWithClusterBreakingPotential@6:*bool
            """,
            "Preconditions": "uid@1:*string.types.UID resourceVersion@2:*string",
            "Status": """
            apiVersion kind metadata@1:ListMeta status@2 message@3 reason@4:string.StatusReason
            details@5:StatusDetails code@6:int32
            """,
            "ListMeta": "selfLink@1 resourceVersion@2 continue@3 remainingItemCount@4:*int64 shardInfo:any",
            "StatusDetails": """
            name@1 group@2 kind@3 uid@6:string.types.UID causes@4:[]StatusCause retryAfterSeconds@5:int32
            """,
            "StatusCause": "reason@1:string.CauseType message@2 field@3",
            "PartialObjectMetadata": "apiVersion kind metadata@1:ObjectMeta",
            "ObjectMeta": """
            name@1 generateName@2 namespace@3 selfLink@4 uid@5:string.types.UID resourceVersion@6 generation@7:int64
            creationTimestamp@8:time deletionTimestamp@9:time deletionGracePeriodSeconds@10:*int64 labels@11:{}string
            annotations@12:{}string ownerReferences@13:[]OwnerReference;merge=uid;map=uid
            finalizers@14:[]string;merge;set managedFields@17:[]ManagedFieldsEntry
            """,
            "OwnerReference": """
            apiVersion!@5 kind!@1 name!@3 uid!@4:string.types.UID controller@6:*bool blockOwnerDeletion@7:*bool
            """,
            "ManagedFieldsEntry": """
            manager@1 operation@2:string.ManagedFieldsOperationType apiVersion@3 time@4:time fieldsType@6
            fieldsV1@7:fields subresource@8
            """,
            "Condition": """
            type!@1 status!@2:string.ConditionStatus observedGeneration@3:int64 lastTransitionTime!@4:time reason!@5
            message!@6
            """,
            "LabelSelector": ";atomic matchLabels@1:{}string matchExpressions@2:[]LabelSelectorRequirement",
            "LabelSelectorRequirement": "key!@1 operator!@2:string.LabelSelectorOperator values@3:[]string",
            "FieldSelectorRequirement": "key!@1 operator!@2:string.FieldSelectorOperator values@3:[]string",
        ])
}
