// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/storage/v1`.
    static let storage = SchemaPackage(
        "storage.v1",
        [
            "StorageClass": """
            apiVersion kind metadata@1:meta.ObjectMeta provisioner!@2 parameters@3:{}string
            reclaimPolicy@4:*string.core.PersistentVolumeReclaimPolicy mountOptions@5:[]string
            allowVolumeExpansion@6:*bool volumeBindingMode@7:*string.VolumeBindingMode
            allowedTopologies@8:[]core.TopologySelectorTerm
            """,
            "CSIDriver": "apiVersion kind metadata@1:meta.ObjectMeta spec!@2:CSIDriverSpec",
            "CSIDriverSpec": """
            attachRequired@1:*bool podInfoOnMount@2:*bool volumeLifecycleModes@3:[]string.VolumeLifecycleMode;set
            storageCapacity@4:*bool fsGroupPolicy@5:*string.FSGroupPolicy tokenRequests@6:[]TokenRequest
            requiresRepublish@7:*bool seLinuxMount@8:*bool nodeAllocatableUpdatePeriodSeconds@9:*int64
            serviceAccountTokenInSecrets:bool preventPodSchedulingIfMissing:bool
            """,
            "TokenRequest": "audience!@1 expirationSeconds@2:*int64",
        ])
}
