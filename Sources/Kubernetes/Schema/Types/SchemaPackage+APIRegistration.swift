// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// Servers behind the API server: `k8s.io/kube-aggregator/pkg/apis/apiregistration/v1`.
    static let apiRegistration = SchemaPackage(
        "apiregistration.v1",
        [
            "APIService": "apiVersion kind metadata:meta.ObjectMeta spec:APIServiceSpec status:APIServiceStatus",
            "APIServiceSpec": """
            service:ServiceReference group version insecureSkipTLSVerify:bool caBundle:bytes
            groupPriorityMinimum!:int32 versionPriority!:int32
            """,
            "ServiceReference": "namespace name port:int32",
            "APIServiceStatus": "conditions:[]APIServiceCondition;map=type",
            "APIServiceCondition": """
            type!:string.APIServiceConditionType status!:string.ConditionStatus lastTransitionTime:time reason message
            """,
        ])
}
