// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/authentication/v1`.
    static let authentication = SchemaPackage(
        "authentication.v1",
        [
            "TokenReview": """
            apiVersion kind metadata@1:meta.ObjectMeta spec!@2:TokenReviewSpec status@3:TokenReviewStatus
            """,
            "TokenReviewSpec": "token!@1 audiences@2:[]string",
            "TokenReviewStatus": "authenticated@1:bool user@2:UserInfo audiences@4:[]string error@3",
            "UserInfo": "username@1 uid@2 groups@3:[]string extra@4:{}[]string",
            "SelfSubjectReview": "apiVersion kind metadata@1:meta.ObjectMeta status@2:SelfSubjectReviewStatus",
            "SelfSubjectReviewStatus": "userInfo@1:UserInfo",
            "TokenRequest": """
            apiVersion kind metadata@1:meta.ObjectMeta spec@2:TokenRequestSpec status@3:TokenRequestStatus
            """,
            "TokenRequestSpec": "audiences@1:[]string expirationSeconds@4:*int64 boundObjectRef@3:BoundObjectReference",
            "BoundObjectReference": "kind@1 apiVersion@2 name@3 uid@4:string.types.UID",
            "TokenRequestStatus": "token@1 expirationTimestamp@2:time",
        ])
}
