// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux
internal import Net

/// The rules of one family in one namespace.
struct RulePlace: Sendable, Hashable, Comparable, CustomStringConvertible {
    var namespace: NamespaceName
    var family: Family

    init(_ namespace: NamespaceName, _ family: Family) {
        self.namespace = namespace
        self.family = family
    }

    var description: String { "\(namespace) (\(family.text))" }

    static func < (left: RulePlace, right: RulePlace) -> Bool {
        left.namespace == right.namespace ? left.family == .v4 && right.family == .v6 : left.namespace < right.namespace
    }
}

extension Family {
    /// The family's name in the API: `IPv4`.
    var text: String { self == .v4 ? "IPv4" : "IPv6" }
}

/// What became of rules that were sent to the kernel, as far as someone should hear of it.
enum RuleNews: Sendable {
    /// The kernel refused a part, which it has as it was before; nil stands for all that was sent.
    case refused(RulePlace, part: String?, KernelError)
    /// A part that was refused before has gone through.
    case accepted(RulePlace, part: String)
}
