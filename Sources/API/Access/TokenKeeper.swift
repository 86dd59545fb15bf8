// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What makes and knows bearer tokens of ServiceAccounts. It is handed in, since secrets have no place in a pure function.
public struct TokenKeeper: Sendable {
    /// What a token is made from.
    public struct Claims: Sendable, Hashable {
        /// The ServiceAccount's namespace.
        public var namespace: String
        /// The ServiceAccount's name.
        public var name: String
        /// The ServiceAccount's uid, which a later one of the same name does not have.
        public var uid: String
        /// When it is made.
        public var issued: Timestamp
        /// From when on it is worth nothing; nil for never.
        public var expires: Timestamp?

        /// Puts one together from its parts.
        public init(namespace: String, name: String, uid: String, issued: Timestamp, expires: Timestamp?) {
            self.namespace = namespace
            self.name = name
            self.uid = uid
            self.issued = issued
            self.expires = expires
        }
    }

    /// Makes a token; nil where there are none.
    public var issue: @Sendable (Claims) -> String?
    /// Who has a token, at a moment; nil for one that nobody has.
    public var user: @Sendable (String, Timestamp) -> User?

    /// Puts one together from its parts.
    public init(
        issue: @escaping @Sendable (Claims) -> String?, user: @escaping @Sendable (String, Timestamp) -> User?
    ) {
        self.issue = issue
        self.user = user
    }

    /// For a cluster without tokens.
    public static let none = TokenKeeper(issue: { _ in nil }, user: { _, _ in nil })
}
