// SPDX-License-Identifier: Apache-2.0
public import Net

/// What a resolver is told: the file `/etc/resolv.conf` (resolv.conf(5)).
public struct ResolverConfiguration: Sendable, Hashable {
    /// `nameserver`: whom to ask, the first that answers. Resolvers of the C library look at three.
    public var servers: [Address]
    /// `search`: what to append to names.
    public var search: [String]
    /// `options`, as they stand: `ndots:5`, `timeout:2`.
    public var options: [String]

    /// Puts one together from its parts.
    public init(servers: [Address] = [], search: [String] = [], options: [String] = []) {
        self.servers = servers
        self.search = search
        self.options = options
    }

    /// Names with so many dots are asked for as they are before anything is appended: `ndots`, 1 without, 15 at most. Of
    /// several, the last counts.
    public var ndots: Int {
        let number = options.last { $0.hasPrefix("ndots:") }.flatMap { Int($0.dropFirst(6)) }
        return min(max(number ?? 1, 0), 15)
    }

    /// Reads a file; lines that mean nothing are passed over, as resolvers do.
    public init(parsing text: String) {
        self.init()
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            guard let keyword = words.first, !keyword.hasPrefix("#"), !keyword.hasPrefix(";") else { continue }
            let values = Array(words.dropFirst().prefix { !$0.hasPrefix("#") && !$0.hasPrefix(";") })
            switch keyword {
            case "nameserver": servers += values.prefix(1).compactMap { Address($0) }
            // The last of these lines counts.
            case "search": search = values
            case "domain": search = Array(values.prefix(1))
            case "options": options += values
            default: break
            }
        }
    }
}

extension ResolverConfiguration: CustomStringConvertible {
    /// The file, as a kubelet writes it: search, servers, options.
    public var description: String {
        var lines: [String] = []
        if !search.isEmpty { lines.append("search " + search.joined(separator: " ")) }
        lines += servers.map { "nameserver \($0)" }
        if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
        return lines.map { $0 + "\n" }.joined()
    }
}
