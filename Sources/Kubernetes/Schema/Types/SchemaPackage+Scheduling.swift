// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/scheduling/v1`.
    static let scheduling = SchemaPackage(
        "scheduling.v1",
        [
            "PriorityClass": """
            apiVersion kind metadata@1:meta.ObjectMeta value@2:int32 globalDefault@3:bool description@4
            preemptionPolicy@5:*string.core.PreemptionPolicy
            """
        ])
}
