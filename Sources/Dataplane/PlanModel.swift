// SPDX-License-Identifier: Apache-2.0
public import Net

/// A lab's namespaces as the kernel keeps them, in memory: what steps are tried on without root.
///
/// Like the kernel, it lets go of what hangs on a link or an address that goes, and refuses what makes no sense.
public struct PlanModel: Sendable {
    /// One namespace of the model.
    public struct Namespace: Sendable, Equatable {
        /// Links' ends, by name.
        public var interfaces: [String: Interface] = [:]
        /// Routes, by destination.
        public var routes: [Prefix: Route] = [:]
        /// Neighbours, by address.
        public var neighbours: [Address: Neighbour] = [:]
        /// Further addresses of `lo`.
        public var loopback: Set<Prefix> = []
        /// Settings below `/proc/sys/net`.
        public var sysctls: [String: String] = [:]
        /// The nftables tables.
        public var tables: [Family: TableModel] = [:]
        /// The iptables.
        public var iptables: [Family: IPTablesModel] = [:]
        /// Further nftables tables, by family and name.
        public var furtherTables: [String: TableModel] = [:]

        /// An empty namespace.
        public init() {}
    }

    /// The namespaces, by name.
    public private(set) var namespaces: [NamespaceName: Namespace] = [:]

    /// A machine without namespaces.
    public init() {}

    /// What the kernel has when a plan is in place.
    public init(_ plan: Plan) {
        namespaces = plan.namespaces.mapValues { plan in
            var namespace = Namespace()
            namespace.interfaces = plan.interfaces
            namespace.routes = plan.routes
            namespace.neighbours = plan.neighbours
            namespace.loopback = Set(plan.loopback)
            namespace.sysctls = plan.sysctls
            namespace.tables = plan.rulesets.mapValues { TableModel($0) }
            namespace.iptables = plan.iptables.mapValues { IPTablesModel($0) }
            for table in plan.tables { namespace.furtherTables[table.place] = TableModel(table) }
            return namespace
        }
    }

    /// Why a step was refused.
    public struct Refusal: Error, CustomStringConvertible {
        /// What was tried.
        public var step: Step
        /// Why it makes no sense.
        public var reason: String
        /// The reason and the step.
        public var description: String { "\(reason): \(step)" }
    }

    /// Carries out the steps, one after another, up to the first that is refused.
    public mutating func apply(_ steps: [Step]) throws(Refusal) {
        for step in steps {
            if let reason = perform(step) { throw Refusal(step: step, reason: reason) }
        }
    }

    private mutating func perform(_ step: Step) -> String? {
        switch step {
        case .addNamespace(let name):
            return namespaces.updateValue(Namespace(), forKey: name) == nil ? nil : "the namespace is there already"
        case .removeNamespace(let name): return removeNamespace(name)
        case .addLink(let near, let far): return add(near, far) ?? add(far, near)
        case .removeLink(let end): return remove(end)
        default:
            guard var namespace = namespaces.removeValue(forKey: step.namespace) else { return "no such namespace" }
            defer { namespaces[step.namespace] = namespace }
            return namespace.perform(step)
        }
    }

    private mutating func removeNamespace(_ name: NamespaceName) -> String? {
        guard let gone = namespaces.removeValue(forKey: name) else { return "no such namespace" }
        for interface in gone.interfaces.values { namespaces[interface.peerNamespace]?.lose(interface.peerName) }
        return nil
    }

    private mutating func add(_ end: LinkEnd, _ peer: LinkEnd) -> String? {
        guard namespaces[end.namespace] != nil else { return "no such namespace" }
        guard end.interface.peerNamespace == peer.namespace, end.interface.peerName == peer.interface.name else {
            return "the ends do not name each other"
        }
        let previous = namespaces[end.namespace]?.interfaces.updateValue(end.interface, forKey: end.interface.name)
        return previous == nil ? nil : "the interface is there already"
    }

    private mutating func remove(_ end: LinkEnd) -> String? {
        guard namespaces[end.namespace]?.interfaces[end.interface.name] != nil else { return "no such interface" }
        namespaces[end.namespace]?.lose(end.interface.name)
        namespaces[end.interface.peerNamespace]?.lose(end.interface.peerName)
        return nil
    }
}

extension Ruleset {
    /// The table as nft names it: `ip lab`.
    fileprivate var place: String { "\(family == .v4 ? "ip" : "ip6") \(table)" }
}

extension PlanModel.Namespace {
    /// Forgets an interface with all that hangs on it.
    fileprivate mutating func lose(_ interface: String) {
        interfaces[interface] = nil
        routes = routes.filter { $0.value.interface != interface }
        neighbours = neighbours.filter { $0.value.interface != interface }
    }

    fileprivate mutating func perform(_ step: Step) -> String? {
        switch step {
        case .setSysctl(_, let path, let value): sysctls[path] = value
        case .addAddress(_, let interface, let prefix): return add(prefix, to: interface)
        case .removeAddress(_, let interface, let prefix): return remove(prefix, from: interface)
        case .setNeighbour(_, let neighbour):
            guard interfaces[neighbour.interface] != nil else { return "no such interface" }
            neighbours[neighbour.address] = neighbour
        case .removeNeighbour(_, let neighbour):
            return neighbours.removeValue(forKey: neighbour.address) == nil ? "no such neighbour" : nil
        case .setRoute(_, let route):
            if let interface = route.interface, interfaces[interface] == nil { return "no such interface" }
            if let source = route.source, !owns(source) { return "the source address is not the namespace's own" }
            routes[route.destination] = route
        case .removeRoute(_, let route):
            return routes.removeValue(forKey: route.destination) == nil ? "no such route" : nil
        case .rules(_, let family, .table(let changes)):
            do { try tables[family, default: TableModel()].apply(changes) } catch { return error.description }
            if tables[family]?.exists == false { tables[family] = nil }
        case .rules(_, let family, .chains(let changes)):
            do { try iptables[family, default: IPTablesModel()].apply(changes) } catch { return error.description }
            if iptables[family]?.chains.isEmpty == true { iptables[family] = nil }
        case .setTable(_, let table): furtherTables[table.place] = TableModel(table)
        case .removeTable(_, let table):
            return furtherTables.removeValue(forKey: table.place) == nil ? "no such table" : nil
        default: return "not a step for one namespace"
        }
        return nil
    }

    private func owns(_ address: Address) -> Bool {
        loopback.contains { $0.address == address }
            || interfaces.values.contains { $0.addresses.contains { $0.address == address } }
    }

    private mutating func add(_ prefix: Prefix, to interface: String) -> String? {
        guard interface != "lo" else {
            return loopback.insert(prefix).inserted ? nil : "the address is there already"
        }
        guard let present = interfaces[interface]?.addresses else { return "no such interface" }
        guard !present.contains(prefix) else { return "the address is there already" }
        interfaces[interface]?.addresses.append(prefix)
        return nil
    }

    /// With an address go the routes that send from it; with an interface's last address, all of its routes.
    private mutating func remove(_ prefix: Prefix, from interface: String) -> String? {
        if interface == "lo" {
            guard loopback.remove(prefix) != nil else { return "no such address" }
        } else {
            guard let place = interfaces[interface]?.addresses.firstIndex(of: prefix) else { return "no such address" }
            interfaces[interface]?.addresses.remove(at: place)
            if interfaces[interface]?.addresses.isEmpty == true {
                routes = routes.filter { $0.value.interface != interface }
            }
        }
        routes = routes.filter { route in route.value.source != prefix.address }
        return nil
    }
}
