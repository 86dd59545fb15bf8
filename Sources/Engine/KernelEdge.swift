// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux
internal import Net
internal import Synchronization

/// A lab's namespaces as they are in the kernel, and the one place that changes them: it runs a plan's steps.
///
/// Its methods may be called from any thread, for different namespaces at the same time. They never enter a namespace
/// on the caller's thread.
final class KernelEdge: Sendable {
    /// A namespace that is there, with the sockets that were opened in it.
    struct Place: Sendable {
        let namespace: NetworkNamespace
        let routes: RouteSocket
        /// The numbers of its interfaces, by name.
        var indexes: [String: UInt32] = ["lo": 1]
    }

    let paths: LabPaths
    private let journal: Journal
    private let isIsolated: Bool
    private let places = Mutex<[NamespaceName: Place]>([:])
    /// False on a machine that was started without IPv6, and so lacks its settings.
    static let hasIPv6 = File.exists("/proc/sys/net/ipv6")

    init(_ paths: LabPaths, isIsolated: Bool) {
        self.paths = paths
        self.isIsolated = isIsolated
        journal = Journal(paths)
    }

    /// The namespace of a name; an error if the lab has none.
    func place(_ name: NamespaceName) throws(KernelError) -> Place {
        guard let place = places.withLock({ $0[name] }) else {
            throw KernelError("looking for the namespace \(name)", call: "setns", .noEntry)
        }
        return place
    }

    /// Writes the namespaces that steps are about to make into the journal, in one write. Comes before `run`.
    /// A name that is there already is another's, and is refused before it gets into the journal.
    func record(_ names: [NamespaceName]) throws(KernelError) {
        let bindings = names.filter { isBound($0) && !places.withLock { [name = $0] in $0[name] != nil } }.map(
            paths.binding)
        for name in bindings where File.exists("\(BindingFolder.standard.path)/\(name)") {
            throw KernelError(
                "making the namespace \(name)", call: "open", .exists,
                message:
                    "something else has this name; choose another name for the lab, or remove it: ip netns delete \(name)"
            )
        }
        try journal.record(.binding, bindings)
    }

    /// Carries out steps in their order. What goes to one namespace between two links goes in one system call.
    func run(_ steps: [Step]) throws(KernelError) {
        var batch = RouteBatch()
        var index = 0
        while index < steps.count {
            let step = steps[index]
            index += 1
            switch step {
            case .addNamespace(let name):
                var settings: [String: String] = [:]
                while index < steps.count, case .setSysctl(name, let path, let value) = steps[index] {
                    settings[path] = value
                    index += 1
                }
                try make(name, settings)
                if isBound(name) { batch.add(name, [.setUp(interface: 1)]) }
            case .removeNamespace(let name): try remove(name)
            case .setSysctl(let name, let path, let value):
                // The host's own settings are not the lab's: of its end of the link, see `quieten`.
                guard isBound(name), KernelEdge.hasIPv6 || !path.hasPrefix("ipv6/") else { continue }
                try Sysctl.write([path: value], in: place(name).namespace)
            case .addLink(let near, let far):
                try flush(&batch)
                try addLink(near, far, &batch)
            case .removeLink(let end):
                try flush(&batch)
                try removeLink(end)
            case .setTable(let name, let table):
                try flush(&batch)
                try setTable(table, in: name)
            case .removeTable(let name, let table):
                try TableSocket(in: place(name).namespace, place: name.text)
                    .deleteTable(table.table, family: table.family)
            case .rules: break  // Rules are the table keeper's.
            default: batch.add(step.namespace, [try request(step)])
            }
        }
        try flush(&batch)
        // The end that came up first drops its first packets until the kernel has seen the other one.
        for (name, interfaces) in batch.takeAwaited() {
            let place = try place(name)
            try place.routes.waitUntilUp(interfaces.compactMap { place.indexes[$0] })
        }
        for (name, addresses) in batch.takeAwaitedAddresses() { try place(name).routes.waitUntilLocal(addresses) }
    }

    // MARK: Namespaces

    /// Takes over namespaces that are there, with the numbers of their interfaces.
    /// - Returns: those that are not there.
    func adopt(_ names: [NamespaceName]) -> Set<NamespaceName> {
        let found = Parallel.map(names, threads: 2) { [self] name in (name, try? find(name)) }
        places.withLock { places in
            for (name, place) in found { if let place { places[name] = place } }
        }
        return Set(found.filter { $0.1 == nil }.map(\.0))
    }

    private func find(_ name: NamespaceName) throws(KernelError) -> Place {
        let namespace =
            isBound(name) ? try BindingFolder.standard.open(paths.binding(name)) : try NetworkNamespace.current()
        var place = Place(namespace: namespace, routes: try RouteSocket(in: namespace, place: name.text))
        for link in try place.routes.links() { place.indexes[link.name] = link.index }
        return place
    }

    /// Gives a namespace its name below `/run/netns` again, should someone have taken that away.
    /// - Returns: whether it was missing.
    func bindAgain(_ name: NamespaceName) throws(KernelError) -> Bool {
        let binding = paths.binding(name)
        guard isBound(name), let place = places.withLock({ $0[name] }) else { return false }
        let inode = ProcessTable.inode(at: "\(BindingFolder.standard.path)/\(binding)")
        guard inode != ProcessTable.inode(of: place.namespace) else { return false }
        try BindingFolder.standard.unbind(binding)
        try BindingFolder.standard.bind(place.namespace, name: binding)
        return true
    }

    /// The namespaces that the lab has.
    var names: [NamespaceName] { places.withLock { Array($0.keys) } }

    private func isBound(_ name: NamespaceName) -> Bool { name != .host || isIsolated }

    private func make(_ name: NamespaceName, _ settings: [String: String]) throws(KernelError) {
        let place: Place
        let settings = KernelEdge.hasIPv6 ? settings : settings.filter { !$0.key.hasPrefix("ipv6/") }
        if isBound(name) {
            place = try NetworkNamespace.create { namespace throws(KernelError) -> Place in
                try Sysctl.write(settings)
                return Place(namespace: namespace, routes: try RouteSocket(place: name.text))
            }
            try BindingFolder.standard.bind(place.namespace, name: paths.binding(name))
        } else {
            place = Place(namespace: try NetworkNamespace.current(), routes: try RouteSocket(place: name.text))
        }
        places.withLock { $0[name] = place }
    }

    private func remove(_ name: NamespaceName) throws(KernelError) {
        // Only what this lab has made is its own to remove.
        guard places.withLock({ $0.removeValue(forKey: name) }) != nil else { return }
        if isBound(name) { try BindingFolder.standard.unbind(paths.binding(name)) }
    }

    /// What is made in the machine's own namespace stands in the journal before it is there.
    private func setTable(_ table: Ruleset, in name: NamespaceName) throws(KernelError) {
        if !isBound(name) { try journal.record(.table, ["\(table.family.rawValue) \(table.table)"]) }
        try TableSocket(in: place(name).namespace, place: name.text)
            .commit(table.difference(from: nil), family: table.family, table: table.table)
    }

    // MARK: Links, addresses, neighbours, routes

    private func addLink(_ near: LinkEnd, _ far: LinkEnd, _ batch: inout RouteBatch) throws(KernelError) {
        let ends = [near, far].map { VethEnd($0.interface.name, index: $0.interface.index, mac: $0.interface.mac) }
        let request = RouteRequest.addVeth(ends[0], peer: ends[1], peerNamespace: try place(far.namespace).namespace)
        places.withLock { places in
            for end in [near, far] { places[end.namespace]?.indexes[end.interface.name] = end.interface.index }
        }
        batch.add(near.namespace, [request])
        batch.await(near)
        if near.interface.index == 0 || far.interface.index == 0 {
            try flush(&batch)
            try learnIndexes(near.namespace)
            try learnIndexes(far.namespace)
        }
        for end in [near, far] {
            batch.await(end.namespace, end.interface.addresses.map(\.address))
            let index = try index(of: end.interface.name, in: end.namespace)
            if !isBound(end.namespace) { try quieten(end) }
            batch.add(
                end.namespace,
                [.setUp(interface: index)]
                    + end.interface.addresses.map {
                        .addAddress(InterfaceAddress($0.address, length: $0.length, interface: index))
                    })
        }
    }

    /// The host's own namespace is not the lab's to set, but its end of the link is.
    private func quieten(_ end: LinkEnd) throws(KernelError) {
        let folder = "ipv6/conf/\(end.interface.name)"
        var settings = ["\(folder)/addr_gen_mode": "1"]
        if end.interface.addresses.contains(where: { $0.family == .v6 }) {
            settings["\(folder)/accept_ra"] = "0"
            settings["\(folder)/disable_ipv6"] = "0"
        } else if !KernelEdge.hasIPv6 {
            return
        }
        try Sysctl.write(settings, in: place(end.namespace).namespace)
    }

    private func removeLink(_ end: LinkEnd) throws(KernelError) {
        let place = try place(end.namespace)
        // A link that was never made is gone already.
        guard let index = place.indexes[end.interface.name] else { return }
        do throws(KernelError) { try place.routes.send([.deleteLink(interface: index)]) } catch {
            // With a namespace that is gone its links have gone already.
            guard error.errno == .noDevice else { throw error }
        }
        places.withLock { $0[end.namespace]?.indexes[end.interface.name] = nil }
    }

    private func learnIndexes(_ name: NamespaceName) throws(KernelError) {
        let links = try place(name).routes.links()
        places.withLock { places in for link in links { places[name]?.indexes[link.name] = link.index } }
    }

    private func index(of interface: String, in name: NamespaceName) throws(KernelError) -> UInt32 {
        guard let index = try place(name).indexes[interface] else {
            throw KernelError("looking for the interface \(interface) in \(name)", call: "RTM_GETLINK", .noDevice)
        }
        return index
    }

    private func request(_ step: Step) throws(KernelError) -> RouteRequest {
        let name = step.namespace
        switch step {
        case .addAddress(_, let interface, let prefix):
            return .addAddress(
                InterfaceAddress(prefix.address, length: prefix.length, interface: try index(of: interface, in: name)))
        case .removeAddress(_, let interface, let prefix):
            return .deleteAddress(
                InterfaceAddress(prefix.address, length: prefix.length, interface: try index(of: interface, in: name)))
        case .setNeighbour(_, let neighbour):
            return .setNeighbour(
                NeighbourEntry(
                    neighbour.address, neighbour.mac, interface: try index(of: neighbour.interface, in: name)))
        case .removeNeighbour(_, let neighbour):
            return .deleteNeighbour(neighbour.address, interface: try index(of: neighbour.interface, in: name))
        case .setRoute(_, let route): return .replaceRoute(try entry(route, in: name))
        case .removeRoute(_, let route): return .deleteRoute(try entry(route, in: name))
        default: throw KernelError("carrying out a step", call: "netlink", .invalid)
        }
    }

    private func entry(_ route: Route, in name: NamespaceName) throws(KernelError) -> RouteEntry {
        guard let interface = route.interface else { return RouteEntry(route.destination, kind: .unreachable) }
        return RouteEntry(
            route.destination, via: route.gateway, interface: try index(of: interface, in: name), source: route.source)
    }

    private func flush(_ batch: inout RouteBatch) throws(KernelError) {
        for (name, requests) in batch.take() { try place(name).routes.send(requests) }
    }
}

/// Requests that wait to be sent, by namespace, in the order in which the namespaces came up.
private struct RouteBatch {
    private var order: [NamespaceName] = []
    private var requests: [NamespaceName: [RouteRequest]] = [:]
    /// Interfaces that are to carry packets before all is done.
    private var awaited: [NamespaceName: [String]] = [:]
    /// Addresses that are to take packets in before all is done: of IPv6, which does not at once.
    private var awaitedAddresses: [NamespaceName: Set<Address>] = [:]

    mutating func add(_ name: NamespaceName, _ more: [RouteRequest]) {
        if requests[name] == nil { order.append(name) }
        requests[name, default: []] += more
    }

    mutating func take() -> [(NamespaceName, [RouteRequest])] {
        defer {
            order = []
            requests = [:]
        }
        return order.map { ($0, requests[$0] ?? []) }
    }

    mutating func await(_ end: LinkEnd) { awaited[end.namespace, default: []].append(end.interface.name) }

    mutating func await(_ name: NamespaceName, _ addresses: [Address]) {
        let late = addresses.filter { $0.family == .v6 }
        if !late.isEmpty { awaitedAddresses[name, default: []].formUnion(late) }
    }

    mutating func takeAwaitedAddresses() -> [NamespaceName: [Address]] {
        defer { awaitedAddresses = [:] }
        return awaitedAddresses.mapValues(Array.init)
    }

    mutating func takeAwaited() -> [NamespaceName: [String]] {
        defer { awaited = [:] }
        return awaited
    }
}
