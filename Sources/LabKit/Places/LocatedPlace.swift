// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Engine
internal import Kubernetes
internal import Linux
internal import Net

/// A place of a lab as requests need it: where sockets are opened, and how names are resolved there.
struct LocatedPlace: Sendable {
    /// The way in, for programs.
    var entry: PlaceEntry
    /// Where sockets are opened.
    var namespace: NetworkNamespace
    /// The namespace as the lab's plan and its story name it: `host`, `node-1`, `outside-visitor`, `default/web-1`.
    var name = ""
    /// `/etc/resolv.conf`; nil where there is none.
    var resolver: ResolverConfiguration?
    /// `/etc/hosts`: names in lower case.
    var hosts: [String: [Address]] = [:]

    /// Reads what the daemon has told of a place.
    init(_ location: Value) throws {
        entry = PlaceEntry(location)
        namespace = try entry.network()
        let folder = location["directory"]?.string
        func text(_ field: String, _ file: String) -> String? {
            let named = location[field]?.string ?? ""
            let path = named.isEmpty ? folder.map { "\($0)/\(file)" } : named
            return path.flatMap { try? File.read($0) }
        }
        resolver = text("resolver", "resolv.conf").map { ResolverConfiguration(parsing: $0) }
        for line in (text("hosts", "hosts") ?? "").split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            guard let first = words.first, let address = Address(String(first)) else { continue }
            for name in words.dropFirst() { hosts[name.lowercased(), default: []].append(address) }
        }
    }
}
