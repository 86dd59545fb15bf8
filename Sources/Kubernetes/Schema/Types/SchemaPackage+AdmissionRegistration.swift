// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/admissionregistration/v1`.
    static let admissionRegistration = SchemaPackage(
        "admissionregistration.v1",
        [
            "ValidatingWebhookConfiguration": """
            apiVersion kind metadata@1:meta.ObjectMeta webhooks@2:[]ValidatingWebhook;merge=name;map=name
            """,
            "ValidatingWebhook": """
            name!@1 clientConfig!@2:WebhookClientConfig rules@3:[]RuleWithOperations
            failurePolicy@4:*string.FailurePolicyType matchPolicy@9:*string.MatchPolicyType
            namespaceSelector@5:meta.LabelSelector objectSelector@10:meta.LabelSelector
            sideEffects!@6:*string.SideEffectClass timeoutSeconds@7:*int32 admissionReviewVersions!@8:[]string
            matchConditions@11:[]MatchCondition;merge=name;map=name
            """,
            "WebhookClientConfig": "url@3:*string service@1:ServiceReference caBundle@2:bytes",
            "ServiceReference": "namespace!@1 name!@2 path@3:*string port@4:*int32",
            "RuleWithOperations": """
            operations@1:[]string.OperationType apiGroups@2.1:[]string apiVersions@2.2:[]string resources@2.3:[]string
            scope@2.4:*string.ScopeType
            """,
            "MatchCondition": "name!@1 expression!@2",
            "MutatingWebhookConfiguration": """
            apiVersion kind metadata@1:meta.ObjectMeta webhooks@2:[]MutatingWebhook;merge=name;map=name
            """,
            "MutatingWebhook": """
            name!@1 clientConfig!@2:WebhookClientConfig rules@3:[]RuleWithOperations
            failurePolicy@4:*string.FailurePolicyType matchPolicy@9:*string.MatchPolicyType
            namespaceSelector@5:meta.LabelSelector objectSelector@11:meta.LabelSelector
            sideEffects!@6:*string.SideEffectClass timeoutSeconds@7:*int32 admissionReviewVersions!@8:[]string
            reinvocationPolicy@10:*string.ReinvocationPolicyType
            matchConditions@12:[]MatchCondition;merge=name;map=name
            """,
        ])
}
