// SPDX-License-Identifier: Apache-2.0

extension ResolverConfiguration {
    /// Whose resolver it is.
    public enum Resolver: Sendable, Hashable {
        /// Goes on after a name that does not exist, and after one that exists without such addresses; tries a name with
        /// enough dots with the search list too, if it does not exist as it is.
        case glibc
        /// Goes on after a name that does not exist only; leaves the search list out for names with enough dots.
        case musl
    }

    /// The names that a resolver asks for, in this order, until one of them answers. Names that grow too long are left
    /// out.
    public func queries(for name: String, by resolver: Resolver = .glibc) -> [DomainName] {
        guard let plain = DomainName(name) else { return [] }
        if isAbsolute(name) { return [plain] }
        let searched = search.compactMap { suffix in
            DomainName(suffix).flatMap { DomainName(labels: plain.labels + $0.labels) }
        }
        let all: [DomainName]
        switch (hasEnoughDots(name), resolver) {
        case (true, .musl): all = [plain]
        case (true, .glibc): all = [plain] + searched
        case (false, _): all = searched + [plain]
        }
        // The root in the search list is the name as it is.
        var seen: Set<DomainName> = []
        return all.filter { seen.insert($0).inserted }
    }

    /// Why the names are asked for in their order: one sentence without a full stop.
    public func reason(for name: String, by resolver: Resolver = .glibc) -> String {
        if isAbsolute(name) { return "the name ends with a dot, so it is asked for as it is and nothing else" }
        let dots = name.utf8.count { $0 == 46 }
        let has = "ndots:\(ndots) and the name has \(dots == 1 ? "1 dot" : "\(dots) dots")"
        if search.isEmpty { return "there is no search list, so the name is asked for as it is" }
        switch (hasEnoughDots(name), resolver) {
        case (true, .musl): return "\(has), so it is asked for as it is, and musl leaves the search list out"
        case (true, .glibc): return "\(has), so it is asked for as it is first, then with the search list"
        case (false, _): return "\(has), so the search list comes first"
        }
    }

    private func isAbsolute(_ name: String) -> Bool { name.hasSuffix(".") }

    private func hasEnoughDots(_ name: String) -> Bool { name.utf8.count { $0 == 46 } >= ndots }
}
