// SPDX-License-Identifier: Apache-2.0

/// What a request wants done with a resource; raw values are the words of RBAC's rules and of discovery.
enum Verb: String, Sendable, Hashable, CaseIterable {
    case get
    case list
    case watch
    case create
    case update
    case patch
    case delete
    case deletecollection
}
