// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/discovery/v1`.
    static let discovery = SchemaPackage(
        "discovery.v1",
        [
            "EndpointSlice": """
            apiVersion kind metadata@1:meta.ObjectMeta addressType!@4:string.AddressType endpoints@2:[]Endpoint
            ports@3:[]EndpointPort
            """,
            "Endpoint": """
            addresses!@1:[]string;set conditions@2:EndpointConditions hostname@3:*string
            targetRef@4:core.ObjectReference deprecatedTopology@5:{}string nodeName@6:*string zone@7:*string
            hints@8:EndpointHints
            """,
            "EndpointConditions": "ready@1:*bool serving@2:*bool terminating@3:*bool",
            "EndpointHints": "forZones@1:[]ForZone forNodes@2:[]ForNode",
            "ForZone": "name!@1",
            "ForNode": "name!@1",
            "EndpointPort": """
            ;atomic name@1:*string protocol@2:*string.core.Protocol port@3:*int32 appProtocol@4:*string
            """,
        ])
}
