// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

@Suite struct PlanTests {
    private func hello() throws -> Fixture {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.deployment(), Text.service(type: "LoadBalancer")))
        lab.run()
        return lab
    }

    private func walk(_ lab: Fixture, _ from: NamespaceName, _ to: Address, _ port: UInt16) -> [Journey] {
        let source = SocketAddress(Address(0, 0, 0, 0), 40000)
        return lab.cluster.plan.walk(Packet(.tcp, from: source, to: SocketAddress(to, port)), from: from)
    }

    /// The Pods that the journeys end in, each once.
    private func arrivals(_ journeys: [Journey]) -> Set<String> {
        Set(
            journeys.map { journey in
                if case .delivered(let name, _, _) = journey.outcome { name.text } else { "\(journey.outcome)" }
            })
    }

    @Test(arguments: [[.v4], [.v6], [.v4, .v6]] as [[Family]])
    func `the steps of one Pod are those that the whole plan's difference has for it`(families: [Family]) throws {
        var lab = try Fixture(families)
        lab.run()
        let before = lab.cluster.plan
        try lab.apply(Text.pod("alone"))
        let assignment = try #require(lab.settle().podsToStart.first)
        let after = lab.cluster.plan
        // A pair has no first end; tables have their own changes.
        func links(_ steps: [Step]) -> Set<Step> {
            Set(
                steps.compactMap { step in
                    switch step {
                    case .rules: nil
                    case .addLink(let one, let other) where other.namespace < one.namespace: .addLink(other, one)
                    default: step
                    }
                })
        }
        let added = after.stepsToAdd(assignment)
        #expect(added.count > 5)
        let difference = links(after.difference(from: before))
        #expect(links(added).symmetricDifference(difference) == [])
        let gone = before.difference(from: after)
        for step in Plan.stepsToRemove(assignment) {
            if case .removeLink = step { continue }  // Named by its other end there.
            #expect(gone.contains(step))
        }
        #expect(gone.contains { if case .removeLink = $0 { true } else { false } })
    }

    @Test(arguments: ["load balancer", "node port", "cluster address"], ["host", "node-2", "Pod"])
    func `D43 D47 hello-service reaches each of its Pods by each of its addresses from anywhere`(
        way: String, client: String
    ) throws {
        let lab = try hello()
        let service = try lab.service("web")
        let pods = Set(lab.pods().map { "default/\($0.name)" })
        let from = NamespaceName(client == "Pod" ? try #require(pods.min()) : client)
        let external = try #require(service.loadBalancerIngress.first?.address)
        let nodePort = try #require(service.ports[0].nodePort)
        let targets: [SocketAddress] =
            switch way {
            case "load balancer": [SocketAddress(external, 80)]
            case "node port": (2...4).map { SocketAddress(Address(172, 18, 0, UInt8($0)), nodePort) }
            default: [SocketAddress(service.clusterAddresses[0], 80)]
            }
        for target in targets {
            let journeys = walk(lab, from, target.address, target.port)
            #expect(arrivals(journeys) == pods)
        }
    }

    @Test func `each Pod has a namespace with a link, a route on its node and permanent neighbours`() throws {
        let lab = try hello()
        let plan = lab.cluster.plan
        var macs: Set<MACAddress> = []
        var ends = 0
        for (name, namespace) in plan.namespaces {
            for interface in namespace.interfaces.values {
                ends += 1
                macs.insert(interface.mac)
                #expect(interface.name.utf8.count <= 15)
                let peer = try #require(plan.namespaces[interface.peerNamespace]?.interfaces[interface.peerName])
                #expect(peer.peerNamespace == name && peer.peerName == interface.name)
            }
            let indexes = namespace.interfaces.values.map(\.index)
            #expect(Set(indexes).count == indexes.count)
        }
        #expect(macs.count == ends && ends == 2 * (2 + 3 + 3))
        for pod in lab.pods() {
            let address = try #require(pod.address)
            let node = try #require(plan.namespaces[NamespaceName(pod.nodeName ?? "")])
            let route = try #require(node.routes[Prefix(host: address)])
            let own = try #require(plan.namespaces[NamespaceName("default/\(pod.name)")])
            #expect(own.interfaces["eth0"]?.addresses == [Prefix(host: address)])
            #expect(own.interfaces["eth0"]?.index == 2)
            #expect(node.interfaces[route.interface ?? ""]?.index ?? 0 > 1000)
            #expect(node.neighbours[address]?.mac == own.interfaces["eth0"]?.mac)
            #expect(own.neighbours[Topology.podGateway(.v4)]?.mac == node.interfaces[route.interface ?? ""]?.mac)
        }
    }

    @Test(arguments: [
        (Configuration.HostAccess.all, ["10.244.0.0/16", "10.96.0.0/16", "172.18.0.0/24", "203.0.113.0/24"]),
        (.external, ["172.18.0.0/24", "203.0.113.0/24"]), (.none, []),
    ])
    func `the host has routes to what hostAccess says, through the edge`(
        access: Configuration.HostAccess, routes: [String]
    ) throws {
        var configuration = try Fixture.configuration()
        configuration.hostAccess = access
        let host = try #require(Topology(configuration).plan.namespaces[.host])
        #expect(host.routes.keys.map(\.description).sorted() == routes)
        #expect(host.routes.values.allSatisfy { $0.gateway == Address(172, 18, 0, 1) && $0.interface == "lab0" })
        #expect(host.sysctls["ipv4/ip_forward"] == nil && host.rulesets.isEmpty)
        #expect(host.interfaces["lab0"]?.addresses == [Prefix(host: Address(172, 18, 0, 254))])
    }

    @Test func `without a proxy the nodes have no table, and the edge still has its own`() throws {
        var configuration = try Fixture.configuration()
        configuration.proxyMode = .none
        let plan = Topology(configuration).plan
        #expect(plan.namespaces["node-1"]?.rulesets[.v4] == nil)
        #expect(plan.namespaces[.edge]?.rulesets[.v4] != nil)
    }

    @Test
    func `D41 an address that no load balancer has is unreachable at the edge, one that no Service has is dropped`()
        throws
    {
        let lab = try hello()
        guard case .unreachable(.edge, _) = walk(lab, .host, Address(203, 0, 113, 99), 80)[0].outcome else {
            Issue.record("\(walk(lab, .host, Address(203, 0, 113, 99), 80)[0])")
            return
        }
        guard case .dropped("node-1", _) = walk(lab, "node-1", Address(10, 96, 200, 200), 80)[0].outcome else {
            Issue.record("\(walk(lab, "node-1", Address(10, 96, 200, 200), 80)[0])")
            return
        }
    }

    @Test func `D40 a Service without endpoints is refused, and the reason is a line of the manifest`() throws {
        var lab = try hello()
        for pod in lab.pods() { lab.setReady(pod.key, false) }
        lab.settle()
        let address = try lab.service("web").clusterAddresses[0]
        let journey = try #require(walk(lab, "node-1", address, 80).first)
        guard case .rejected("node-1", _) = journey.outcome else {
            Issue.record("\(journey)")
            return
        }
        let reasons = journey.hops.compactMap { hop in
            if case .matched(let match) = hop.action { match.because.description } else { nil }
        }
        #expect(reasons.contains { $0.contains("Service default/web spec.ports[0] (test.yaml:") })
    }

    @Test func `D45 a Pod's address is seen by the other, a node's and the host's are masqueraded at node ports`()
        throws
    {
        let lab = try hello()
        let pod = try #require(lab.pods().first)
        let address = try lab.service("web").clusterAddresses[0]
        let others = walk(lab, NamespaceName("default/\(pod.name)"), address, 80)
        for journey in others where journey.destination.text != "default/\(pod.name)" {
            #expect(!journey.isMasqueraded)
        }
        let port = try #require(try lab.service("web").ports[0].nodePort)
        for journey in walk(lab, .host, Address(172, 18, 0, 2), port) { #expect(journey.isMasqueraded) }
    }

    @Test func `the load balancer's address works on nodes only once it is published`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.deployment(), Text.service(type: "LoadBalancer")))
        for pod in lab.settle().podsToStart { lab.start(pod) }
        #expect(lab.last.loadBalancers == [ObjectKey("Service", "default", "web")])
        #expect(lab.last.rules.contains { $0.namespaces == [.edge] })
        lab.settle()
        let address = Address(203, 0, 113, 1)
        func has() -> Bool {
            let element = lab.cluster.plan.namespaces["node-1"]?.rulesets[.v4]?.element(
                of: SetName.externalAddresses, key: [.address(address), .transport(.tcp), .port(80)])
            return element != nil
        }
        #expect(!has())
        #expect(Progress(lab.cluster).pending.count == 1)
        lab.cluster.publishLoadBalancer(ObjectKey("Service", "default", "web"), now: lab.now)
        lab.settle()
        #expect(has() && Progress(lab.cluster).isReady)
        #expect(lab.last.loadBalancers.isEmpty)
    }

    @Test func `D62 a load balancer of another class stays pending`() throws {
        var lab = try Fixture()
        try lab.apply(Text.service(type: "LoadBalancer", more: "  loadBalancerClass: example.com/other"))
        lab.run()
        #expect(try lab.service("web").loadBalancerIngress.isEmpty)
        #expect(Progress(lab.cluster).isReady)
    }

    @Test func `D63 the load balancer leaves out nodes that say so or are not ready`() throws {
        var lab = try hello()
        func nodes() -> Int {
            lab.cluster.plan.namespaces[.edge]?.rulesets[.v4]?.parts["service default/web"]?["endpoints"]?.count ?? 0
        }
        #expect(nodes() == 3)
        lab.cluster.update(ObjectKey("Node", "", "node-1"), now: lab.now) {
            $0.labels["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
        }
        lab.settle()
        #expect(nodes() == 2)
        lab.cluster.update(ObjectKey("Node", "", "node-2"), now: lab.now) {
            $0.set(Condition("Ready", .false), now: Timestamp(seconds: 0))
        }
        lab.settle()
        #expect(nodes() == 1)
    }

    @Test func `D25 a load balancer without node ports sends to the Pods themselves`() throws {
        var lab = try Fixture()
        let service = Text.service(type: "LoadBalancer", more: "  allocateLoadBalancerNodePorts: false")
        try lab.apply(Text.all(Text.deployment(), service))
        lab.run()
        let journeys = walk(lab, .host, Address(203, 0, 113, 1), 80)
        #expect(arrivals(journeys) == Set(lab.pods().map { "default/\($0.name)" }))
    }

    @Test func `D54 a Service of another proxy has no rules until the label goes`() throws {
        var lab = try hello()
        let key = ObjectKey("Service", "default", "web")
        func has() -> Bool { lab.cluster.plan.namespaces["node-1"]?.rulesets[.v4]?.parts["service default/web"] != nil }
        #expect(has())
        lab.cluster.update(key, now: lab.now) { $0.labels["service.kubernetes.io/service-proxy-name"] = "x" }
        lab.settle()
        #expect(!has())
        lab.cluster.update(key, now: lab.now) { $0.labels = [:] }
        lab.settle()
        #expect(has())
    }

    @Test func `D52 an external address is balanced on every node`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.deployment(), Text.service(more: "  externalIPs: [198.51.100.7]")))
        lab.run()
        #expect(arrivals(walk(lab, "node-3", Address(198, 51, 100, 7), 80)).count == 3)
    }

    @Test func `D57 a Pod on the host's network is its node`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.pod("a", spec: "  hostNetwork: true"), Text.service()))
        let start = try #require(lab.settle().podsToStart.first)
        #expect(start.namespace == start.node && start.interface == nil)
        #expect(lab.cluster.plan.namespaces["default/a"] == nil)
        lab.start(start)
        lab.run()
        let address = try lab.service("web").clusterAddresses[0]
        #expect(arrivals(walk(lab, "node-2", address, 80)) == [start.node.text])
    }

    @Test func `the changes that were told are what the plan's tables became, in a kernel as strict as the real one`()
        throws
    {
        var lab = try Fixture()
        var models: [NamespaceName: TableModel] = [:]
        for (name, namespace) in lab.cluster.plan.namespaces {
            if let ruleset = namespace.rulesets[.v4] { models[name] = TableModel(ruleset) }
        }
        func settle() throws {
            let changes = lab.settle()
            for update in changes.rules where update.family == .v4 {
                for name in update.namespaces { try models[name]?.apply(update.tableChanges) }
            }
            for pod in changes.podsToStart { lab.start(pod) }
            for key in changes.podsToStop { lab.cluster.podRemoved(key, now: lab.now) }
            for key in changes.loadBalancers { lab.cluster.publishLoadBalancer(key, now: lab.now) }
        }
        var dice = Dice(seed: 5)
        for _ in 0..<400 {
            let name = "s\(Int.random(in: 1...6, using: &dice))"
            switch Int.random(in: 0..<6, using: &dice) {
            case 0:
                try lab.apply(
                    Text.service(name, type: "LoadBalancer", app: "web", more: "  externalIPs: [198.51.100.7]"))
            case 1: lab.cluster.delete([ObjectKey("Service", "default", name)], now: lab.now)
            case 2: try lab.apply(Text.deployment(replicas: .random(in: 0...7, using: &dice)))
            case 3:
                if let pod = lab.pods().randomElement(using: &dice) { lab.setReady(pod.key, Bool.random(using: &dice)) }
            case 4: try lab.apply(Text.service(name, type: "ClusterIP", app: "web"))
            default: lab.advance(seconds: 1)
            }
            try settle()
        }
        for (name, model) in models {
            let ruleset = try #require(lab.cluster.plan.namespaces[name]?.rulesets[.v4])
            #expect(model == TableModel(ruleset))
        }
    }

    @Test(arguments: [10, 1000]) func `one endpoint's change is a handful of elements, however many Services there are`(
        services: Int
    ) throws {
        var lab = try Fixture()
        let many = (0..<services).map { Text.service("s\($0)", app: "other") }.joined(separator: "\n---\n")
        try lab.apply(Text.all(Text.deployment(replicas: 10), Text.service(), many))
        lab.run()
        // The first time that nine are drawn from, that costs an element and a chain more.
        for isReady in [false, true] {
            lab.setReady(lab.pods()[4].key, isReady)
            lab.settle()
        }
        lab.setReady(lab.pods()[4].key, false)
        let changes = lab.settle()
        #expect(changes.rules.count == 1)
        #expect(changes.rules.first?.namespaces == ["node-1", "node-2", "node-3"])
        #expect(changes.rules.first?.tableChanges.count ?? 0 <= 5)
        #expect(changes.events.count <= 6)
        let elements = changes.rules.flatMap(\.tableChanges).map { change in
            switch change {
            case .deleteElements(_, let elements), .addElements(_, let elements): elements.count
            default: 0
            }
        }
        #expect(elements.reduce(0, +) <= 5)
    }
}

extension RuleUpdate {
    /// The changes of nftables' tables, in their order.
    fileprivate var tableChanges: [TableChange] {
        parts.flatMap { part -> [TableChange] in
            if case .table(let changes) = part.changes { changes } else { [] }
        }
    }
}
