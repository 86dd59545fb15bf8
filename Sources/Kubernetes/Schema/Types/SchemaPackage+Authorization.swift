// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/authorization/v1`.
    static let authorization = SchemaPackage(
        "authorization.v1",
        [
            "SubjectAccessReview": """
            apiVersion kind metadata@1:meta.ObjectMeta spec!@2:SubjectAccessReviewSpec
            status@3:SubjectAccessReviewStatus
            """,
            "SubjectAccessReviewSpec": """
            resourceAttributes@1:ResourceAttributes nonResourceAttributes@2:NonResourceAttributes user@3
            groups@4:[]string extra@5:{}[]string uid@6
            """,
            "ResourceAttributes": """
            namespace@1 verb@2 group@3 version@4 resource@5 subresource@6 name@7
            fieldSelector@8:FieldSelectorAttributes labelSelector@9:LabelSelectorAttributes
            """,
            "FieldSelectorAttributes": "rawSelector@1 requirements@2:[]meta.FieldSelectorRequirement",
            "LabelSelectorAttributes": "rawSelector@1 requirements@2:[]meta.LabelSelectorRequirement",
            "NonResourceAttributes": "path@1 verb@2",
            "SubjectAccessReviewStatus": "allowed!@1:bool denied@4:bool reason@2 evaluationError@3",
            "LocalSubjectAccessReview": """
            apiVersion kind metadata@1:meta.ObjectMeta spec!@2:SubjectAccessReviewSpec
            status@3:SubjectAccessReviewStatus
            """,
            "SelfSubjectAccessReview": """
            apiVersion kind metadata@1:meta.ObjectMeta spec!@2:SelfSubjectAccessReviewSpec
            status@3:SubjectAccessReviewStatus
            """,
            "SelfSubjectAccessReviewSpec": """
            resourceAttributes@1:ResourceAttributes nonResourceAttributes@2:NonResourceAttributes
            """,
            "SelfSubjectRulesReview": """
            apiVersion kind metadata@1:meta.ObjectMeta spec!@2:SelfSubjectRulesReviewSpec
            status@3:SubjectRulesReviewStatus
            """,
            "SelfSubjectRulesReviewSpec": "namespace@1",
            "SubjectRulesReviewStatus": """
            resourceRules!@1:[]ResourceRule nonResourceRules!@2:[]NonResourceRule incomplete!@3:bool evaluationError@4
            """,
            "ResourceRule": "verbs!@1:[]string apiGroups@2:[]string resources@3:[]string resourceNames@4:[]string",
            "NonResourceRule": "verbs!@1:[]string nonResourceURLs@2:[]string",
        ])
}
