// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// Volumes, and claims of them, in `k8s.io/api/core/v1`.
    static let coreVolumes: [String: String] = [
        "Volume": """
        name!@1 hostPath@2.1:HostPathVolumeSource emptyDir@2.2:EmptyDirVolumeSource
        gcePersistentDisk@2.3:GCEPersistentDiskVolumeSource awsElasticBlockStore@2.4:AWSElasticBlockStoreVolumeSource
        gitRepo@2.5:GitRepoVolumeSource secret@2.6:SecretVolumeSource nfs@2.7:NFSVolumeSource
        iscsi@2.8:ISCSIVolumeSource glusterfs@2.9:GlusterfsVolumeSource
        persistentVolumeClaim@2.10:PersistentVolumeClaimVolumeSource rbd@2.11:RBDVolumeSource
        flexVolume@2.12:FlexVolumeSource cinder@2.13:CinderVolumeSource cephfs@2.14:CephFSVolumeSource
        flocker@2.15:FlockerVolumeSource downwardAPI@2.16:DownwardAPIVolumeSource fc@2.17:FCVolumeSource
        azureFile@2.18:AzureFileVolumeSource configMap@2.19:ConfigMapVolumeSource
        vsphereVolume@2.20:VsphereVirtualDiskVolumeSource quobyte@2.21:QuobyteVolumeSource
        azureDisk@2.22:AzureDiskVolumeSource photonPersistentDisk@2.23:PhotonPersistentDiskVolumeSource
        projected@2.26:ProjectedVolumeSource portworxVolume@2.24:PortworxVolumeSource scaleIO@2.25:ScaleIOVolumeSource
        storageos@2.27:StorageOSVolumeSource csi@2.28:CSIVolumeSource ephemeral@2.29:EphemeralVolumeSource
        image@2.30:ImageVolumeSource
        """,
        "HostPathVolumeSource": "path!@1 type@2:*string.HostPathType",
        "EmptyDirVolumeSource": "medium@1:string.StorageMedium sizeLimit@2:*quantity",
        "GCEPersistentDiskVolumeSource": "pdName!@1 fsType@2 partition@3:int32 readOnly@4:bool",
        "AWSElasticBlockStoreVolumeSource": "volumeID!@1 fsType@2 partition@3:int32 readOnly@4:bool",
        "GitRepoVolumeSource": "repository!@1 revision@2 directory@3",
        "SecretVolumeSource": "secretName@1 items@2:[]KeyToPath defaultMode@3:*int32 optional@4:*bool",
        "KeyToPath": "key!@1 path!@2 mode@3:*int32",
        "NFSVolumeSource": "server!@1 path!@2 readOnly@3:bool",
        "ISCSIVolumeSource": """
        targetPortal!@1 iqn!@2 lun!@3:int32 iscsiInterface@4 fsType@5 readOnly@6:bool portals@7:[]string
        chapAuthDiscovery@8:bool chapAuthSession@11:bool secretRef@10:LocalObjectReference initiatorName@12:*string
        """,
        "GlusterfsVolumeSource": "endpoints!@1 path!@2 readOnly@3:bool",
        "PersistentVolumeClaimVolumeSource": "claimName!@1 readOnly@2:bool",
        "RBDVolumeSource": """
        monitors!@1:[]string image!@2 fsType@3 pool@4 user@5 keyring@6 secretRef@7:LocalObjectReference
        readOnly@8:bool
        """,
        "FlexVolumeSource": "driver!@1 fsType@2 secretRef@3:LocalObjectReference readOnly@4:bool options@5:{}string",
        "CinderVolumeSource": "volumeID!@1 fsType@2 readOnly@3:bool secretRef@4:LocalObjectReference",
        "CephFSVolumeSource": """
        monitors!@1:[]string path@2 user@3 secretFile@4 secretRef@5:LocalObjectReference readOnly@6:bool
        """,
        "FlockerVolumeSource": "datasetName@1 datasetUUID@2",
        "DownwardAPIVolumeSource": "items@1:[]DownwardAPIVolumeFile defaultMode@2:*int32",
        "DownwardAPIVolumeFile": """
        path!@1 fieldRef@2:ObjectFieldSelector resourceFieldRef@3:ResourceFieldSelector mode@4:*int32
        """,
        "ObjectFieldSelector": ";atomic apiVersion@1 fieldPath!@2",
        "ResourceFieldSelector": ";atomic containerName@1 resource!@2 divisor@3:quantity",
        "FCVolumeSource": "targetWWNs@1:[]string lun@2:*int32 fsType@3 readOnly@4:bool wwids@5:[]string",
        "AzureFileVolumeSource": "secretName!@1 shareName!@2 readOnly@3:bool",
        "ConfigMapVolumeSource": "name@1.1 items@2:[]KeyToPath defaultMode@3:*int32 optional@4:*bool",
        "VsphereVirtualDiskVolumeSource": "volumePath!@1 fsType@2 storagePolicyName@3 storagePolicyID@4",
        "QuobyteVolumeSource": "registry!@1 volume!@2 readOnly@3:bool user@4 group@5 tenant@6",
        "AzureDiskVolumeSource": """
        diskName!@1 diskURI!@2 cachingMode@3:*string.AzureDataDiskCachingMode fsType@4:*string readOnly@5:*bool
        kind@6:*string.AzureDataDiskKind
        """,
        "PhotonPersistentDiskVolumeSource": "pdID!@1 fsType@2",
        "ProjectedVolumeSource": "sources@1:[]VolumeProjection defaultMode@2:*int32",
        "VolumeProjection": """
        secret@1:SecretProjection downwardAPI@2:DownwardAPIProjection configMap@3:ConfigMapProjection
        serviceAccountToken@4:ServiceAccountTokenProjection clusterTrustBundle@5:ClusterTrustBundleProjection
        podCertificate:PodCertificateProjection
        """,
        "SecretProjection": "name@1.1 items@2:[]KeyToPath optional@4:*bool",
        "DownwardAPIProjection": "items@1:[]DownwardAPIVolumeFile",
        "ConfigMapProjection": "name@1.1 items@2:[]KeyToPath optional@4:*bool",
        "ServiceAccountTokenProjection": "audience@1 expirationSeconds@2:*int64 path!@3",
        "ClusterTrustBundleProjection": """
        name@1:*string signerName@2:*string labelSelector@3:meta.LabelSelector optional@5:*bool path!@4
        """,
        "PodCertificateProjection": """
        signerName! keyType! maxExpirationSeconds:*int32 credentialBundlePath keyPath certificateChainPath
        userAnnotations:{}string
        """,
        "PortworxVolumeSource": "volumeID!@1 fsType@2 readOnly@3:bool",
        "ScaleIOVolumeSource": """
        gateway!@1 system!@2 secretRef!@3:LocalObjectReference sslEnabled@4:bool protectionDomain@5 storagePool@6
        storageMode@7 volumeName@8 fsType@9 readOnly@10:bool
        """,
        "StorageOSVolumeSource": """
        volumeName@1 volumeNamespace@2 fsType@3 readOnly@4:bool secretRef@5:LocalObjectReference
        """,
        "CSIVolumeSource": """
        driver!@1 readOnly@2:*bool fsType@3:*string volumeAttributes@4:{}string
        nodePublishSecretRef@5:LocalObjectReference
        """,
        "EphemeralVolumeSource": "volumeClaimTemplate@1:PersistentVolumeClaimTemplate",
        "PersistentVolumeClaimTemplate": "metadata@1:meta.ObjectMeta spec!@2:PersistentVolumeClaimSpec",
        "PersistentVolumeClaimSpec": """
        accessModes@1:[]string.PersistentVolumeAccessMode selector@4:meta.LabelSelector
        resources@2:VolumeResourceRequirements volumeName@3 storageClassName@5:*string
        volumeMode@6:*string.PersistentVolumeMode dataSource@7:TypedLocalObjectReference
        dataSourceRef@8:TypedObjectReference volumeAttributesClassName@9:*string
        """,
        "VolumeResourceRequirements": "limits@1:{}quantity requests@2:{}quantity",
        "ImageVolumeSource": "reference@1 pullPolicy@2:string.PullPolicy",
        "PersistentVolume": """
        apiVersion kind metadata@1:meta.ObjectMeta spec@2:PersistentVolumeSpec status@3:PersistentVolumeStatus
        """,
        "PersistentVolumeSpec": """
        capacity@1:{}quantity gcePersistentDisk@2.1:GCEPersistentDiskVolumeSource
        awsElasticBlockStore@2.2:AWSElasticBlockStoreVolumeSource hostPath@2.3:HostPathVolumeSource
        glusterfs@2.4:GlusterfsPersistentVolumeSource nfs@2.5:NFSVolumeSource rbd@2.6:RBDPersistentVolumeSource
        iscsi@2.7:ISCSIPersistentVolumeSource cinder@2.8:CinderPersistentVolumeSource
        cephfs@2.9:CephFSPersistentVolumeSource fc@2.10:FCVolumeSource flocker@2.11:FlockerVolumeSource
        flexVolume@2.12:FlexPersistentVolumeSource azureFile@2.13:AzureFilePersistentVolumeSource
        vsphereVolume@2.14:VsphereVirtualDiskVolumeSource quobyte@2.15:QuobyteVolumeSource
        azureDisk@2.16:AzureDiskVolumeSource photonPersistentDisk@2.17:PhotonPersistentDiskVolumeSource
        portworxVolume@2.18:PortworxVolumeSource scaleIO@2.19:ScaleIOPersistentVolumeSource
        local@2.20:LocalVolumeSource storageos@2.21:StorageOSPersistentVolumeSource csi@2.22:CSIPersistentVolumeSource
        accessModes@3:[]string.PersistentVolumeAccessMode claimRef@4:ObjectReference;granular
        persistentVolumeReclaimPolicy@5:string.PersistentVolumeReclaimPolicy storageClassName@6
        mountOptions@7:[]string volumeMode@8:*string.PersistentVolumeMode nodeAffinity@9:VolumeNodeAffinity
        volumeAttributesClassName@10:*string
        """,
        "GlusterfsPersistentVolumeSource": "endpoints!@1 path!@2 readOnly@3:bool endpointsNamespace@4:*string",
        "RBDPersistentVolumeSource": """
        monitors!@1:[]string image!@2 fsType@3 pool@4 user@5 keyring@6 secretRef@7:SecretReference readOnly@8:bool
        """,
        "ISCSIPersistentVolumeSource": """
        targetPortal!@1 iqn!@2 lun!@3:int32 iscsiInterface@4 fsType@5 readOnly@6:bool portals@7:[]string
        chapAuthDiscovery@8:bool chapAuthSession@11:bool secretRef@10:SecretReference initiatorName@12:*string
        """,
        "CinderPersistentVolumeSource": "volumeID!@1 fsType@2 readOnly@3:bool secretRef@4:SecretReference",
        "CephFSPersistentVolumeSource": """
        monitors!@1:[]string path@2 user@3 secretFile@4 secretRef@5:SecretReference readOnly@6:bool
        """,
        "FlexPersistentVolumeSource": """
        driver!@1 fsType@2 secretRef@3:SecretReference readOnly@4:bool options@5:{}string
        """,
        "AzureFilePersistentVolumeSource": "secretName!@1 shareName!@2 readOnly@3:bool secretNamespace@4:*string",
        "ScaleIOPersistentVolumeSource": """
        gateway!@1 system!@2 secretRef!@3:SecretReference sslEnabled@4:bool protectionDomain@5 storagePool@6
        storageMode@7 volumeName@8 fsType@9 readOnly@10:bool
        """,
        "LocalVolumeSource": "path!@1 fsType@2:*string",
        "StorageOSPersistentVolumeSource": """
        volumeName@1 volumeNamespace@2 fsType@3 readOnly@4:bool secretRef@5:ObjectReference
        """,
        "CSIPersistentVolumeSource": """
        driver!@1 volumeHandle!@2 readOnly@3:bool fsType@4 volumeAttributes@5:{}string
        controllerPublishSecretRef@6:SecretReference nodeStageSecretRef@7:SecretReference
        nodePublishSecretRef@8:SecretReference controllerExpandSecretRef@9:SecretReference
        nodeExpandSecretRef@10:SecretReference
        """,
        "VolumeNodeAffinity": "required@1:NodeSelector",
        "NodeSelector": ";atomic nodeSelectorTerms!@1:[]NodeSelectorTerm",
        "NodeSelectorTerm": """
        ;atomic matchExpressions@1:[]NodeSelectorRequirement matchFields@2:[]NodeSelectorRequirement
        """,
        "NodeSelectorRequirement": "key!@1 operator!@2:string.NodeSelectorOperator values@3:[]string",
        "PersistentVolumeStatus": """
        phase@1:string.PersistentVolumePhase message@2 reason@3 lastPhaseTransitionTime@4:time
        """,
        "PersistentVolumeClaim": """
        apiVersion kind metadata@1:meta.ObjectMeta spec@2:PersistentVolumeClaimSpec
        status@3:PersistentVolumeClaimStatus
        """,
        "PersistentVolumeClaimStatus": """
        phase@1:string.PersistentVolumeClaimPhase accessModes@2:[]string.PersistentVolumeAccessMode
        capacity@3:{}quantity conditions@4:[]PersistentVolumeClaimCondition;merge=type;map=type
        allocatedResources@5:{}quantity allocatedResourceStatuses@7:{}string.ClaimResourceStatus
        currentVolumeAttributesClassName@8:*string modifyVolumeStatus@9:ModifyVolumeStatus
        """,
        "PersistentVolumeClaimCondition": """
        type!@1:string.PersistentVolumeClaimConditionType status!@2:string.ConditionStatus lastProbeTime@3:time
        lastTransitionTime@4:time reason@5 message@6
        """,
        "ModifyVolumeStatus": """
        targetVolumeAttributesClassName@1 status!@2:string.PersistentVolumeClaimModifyVolumeStatus
        """,
    ]
}
