// SPDX-License-Identifier: Apache-2.0
/// One request to the Kubernetes API, as a value: what came over HTTP, without the connection.
public struct Request: Sendable, Hashable {
    /// HTTP's methods, as far as the API knows them.
    public enum Method: String, Sendable, Hashable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"
    }

    /// The method.
    public var method: Method
    /// The path as it was sent, percent-encoded, without the query.
    public var path: String
    /// The decoded parameters of the query, in order; a name may stand several times (`command=ls&command=-l`).
    public var query: [Parameter]
    /// Header fields by name in lower case; several of one name are joined with commas.
    public var headers: [String: String]
    /// The body.
    public var body: [UInt8]
    /// Who asks; nil for a client without a token.
    public var user: User?

    /// One parameter of a query.
    public struct Parameter: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its value; empty for a parameter without one.
        public var value: String

        /// Puts one together from its parts.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Puts one together from its parts.
    public init(
        _ method: Method, _ path: String, query: [Parameter] = [], headers: [String: String] = [:],
        body: [UInt8] = [], user: User? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.user = user
    }

    /// The first value of a parameter; nil if it is not given.
    public func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// All values of a parameter.
    public func parameters(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }
}

/// Who asks. The corresponding Go interface is `user.Info`.
public struct User: Sendable, Hashable {
    /// `kubernetes-admin`, or `system:serviceaccount:NAMESPACE:NAME`.
    public var name: String
    /// The groups, `system:authenticated` among them.
    public var groups: [String]
    /// A ServiceAccount's uid; empty for others.
    public var uid: String

    /// Puts one together from its parts.
    public init(_ name: String, groups: [String], uid: String = "") {
        self.name = name
        self.groups = groups
        self.uid = uid
    }

    /// The user of the lab's own kubeconfig, who may do everything.
    public static let admin = User("kubernetes-admin", groups: ["system:masters", "system:authenticated"])

    /// The user that a ServiceAccount is.
    public static func serviceAccount(namespace: String, name: String, uid: String) -> User {
        User(
            "system:serviceaccount:\(namespace):\(name)",
            groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"], uid: uid)
    }
}
