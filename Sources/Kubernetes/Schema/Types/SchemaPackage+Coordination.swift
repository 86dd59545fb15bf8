// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/coordination/v1`.
    static let coordination = SchemaPackage(
        "coordination.v1",
        [
            "Lease": "apiVersion kind metadata@1:meta.ObjectMeta spec@2:LeaseSpec",
            "LeaseSpec": """
            holderIdentity@1:*string leaseDurationSeconds@2:*int32 acquireTime@3:microTime renewTime@4:microTime
            leaseTransitions@5:*int32 strategy@6:*string.CoordinatedLeaseStrategy preferredHolder@7:*string
            """,
        ])
}
