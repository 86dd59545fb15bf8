// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The definitions of custom resources: `k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1`.
    static let apiExtensions = SchemaPackage(
        "apiextensions.v1",
        [
            "CustomResourceDefinition": """
            apiVersion kind metadata:meta.ObjectMeta spec!:CustomResourceDefinitionSpec
            status:CustomResourceDefinitionStatus
            """,
            "CustomResourceDefinitionSpec": """
            group! names!:CustomResourceDefinitionNames scope!:string.ResourceScope
            versions!:[]CustomResourceDefinitionVersion conversion:CustomResourceConversion preserveUnknownFields:bool
            """,
            "CustomResourceDefinitionNames": "plural! singular shortNames:[]string kind! listKind categories:[]string",
            "CustomResourceDefinitionVersion": """
            name! served!:bool storage!:bool deprecated:bool deprecationWarning schema:CustomResourceValidation
            subresources:CustomResourceSubresources additionalPrinterColumns:[]CustomResourceColumnDefinition
            selectableFields:[]SelectableField
            """,
            "CustomResourceValidation": "openAPIV3Schema:any",
            "CustomResourceSubresources": "status:any scale:CustomResourceSubresourceScale",
            "CustomResourceSubresourceScale": "specReplicasPath! statusReplicasPath! labelSelectorPath",
            "CustomResourceColumnDefinition": "name! type! format description priority:int32 jsonPath!",
            "SelectableField": "jsonPath!",
            "CustomResourceConversion": "strategy!:string.ConversionStrategyType webhook:WebhookConversion",
            "WebhookConversion": "clientConfig:WebhookClientConfig conversionReviewVersions!:[]string",
            "WebhookClientConfig": "url service:ServiceReference caBundle:bytes",
            "ServiceReference": "namespace! name! path port:int32",
            "CustomResourceDefinitionStatus": """
            conditions:[]CustomResourceDefinitionCondition;map=type acceptedNames:CustomResourceDefinitionNames
            storedVersions:[]string observedGeneration:int64
            """,
            "CustomResourceDefinitionCondition": """
            type!:string.CustomResourceDefinitionConditionType status!:string.ConditionStatus lastTransitionTime:time
            reason message observedGeneration:int64
            """,
        ])
}
