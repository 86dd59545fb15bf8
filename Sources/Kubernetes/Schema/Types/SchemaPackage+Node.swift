// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/node/v1`.
    static let node = SchemaPackage(
        "node.v1",
        [
            "RuntimeClass": """
            apiVersion kind metadata@1:meta.ObjectMeta handler!@2 overhead@3:Overhead scheduling@4:Scheduling
            """,
            "Overhead": "podFixed@1:{}quantity",
            "Scheduling": "nodeSelector@1:{}string tolerations@2:[]core.Toleration",
        ])
}
