// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/rbac/v1`.
    static let rbac = SchemaPackage(
        "rbac.v1",
        [
            "Role": "apiVersion kind metadata@1:meta.ObjectMeta rules@2:[]PolicyRule",
            "PolicyRule": """
            verbs!@1:[]string apiGroups@2:[]string resources@3:[]string resourceNames@4:[]string
            nonResourceURLs@5:[]string
            """,
            "RoleBinding": "apiVersion kind metadata@1:meta.ObjectMeta subjects@2:[]Subject roleRef!@3:RoleRef",
            "Subject": ";atomic kind!@1 apiGroup@2 name!@3 namespace@4",
            "RoleRef": ";atomic apiGroup@1 kind!@2 name!@3",
            "ClusterRole": """
            apiVersion kind metadata@1:meta.ObjectMeta rules@2:[]PolicyRule aggregationRule@3:AggregationRule
            """,
            "AggregationRule": "clusterRoleSelectors@1:[]meta.LabelSelector",
            "ClusterRoleBinding": "apiVersion kind metadata@1:meta.ObjectMeta subjects@2:[]Subject roleRef!@3:RoleRef",
        ])
}
