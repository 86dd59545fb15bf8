// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

extension Remark {
    /// The remark in plain words, without a full stop.
    public var text: String {
        switch self {
        case .delivered, .pingAnswered, .nothingListens: resultText
        case .externalName, .headless, .podHasNoAddress, .nameNotAsked: nameText
        case .clientSeen, .reply, .undeclaredPort, .leftOut, .affinity, .nearOnly: besideText
        case .noSelector, .noPodMatches, .noPodReady, .noPortNamed, .noEndpoints, .noEndpointOfFamily, .noLocalEndpoint:
            endpointText
        default: causeText
        }
    }

    private var resultText: String {
        switch self {
        case .delivered(let receivers): receivers.text
        case .pingAnswered(let place): "the kernel of \(place) answers"
        case .nothingListens(let node, let socket, let known):
            "\(node) itself gets it, and nothing listens there on port \(socket.port)"
                + (known.isEmpty ? "" : "; node ports are \(known.listed())")
        default: ""
        }
    }

    private var nameText: String {
        switch self {
        case .externalName(_, let name, let because): "the name stands for \(name) (CNAME\(because.at))"
        case .headless(let key, let port, let targetPort, let because):
            "\(key) is headless\(because.at): its name stands for the addresses of its Pods"
                + (targetPort.map { ", and port \(port ?? 0) is not translated to targetPort \($0)" } ?? "")
        case .podHasNoAddress(let key, let trouble): "\(key) has no address" + (trouble.map { ": \($0.text)" } ?? "")
        case .nameNotAsked(let place, let key):
            "cluster DNS does not know the name as \(place) would ask for it; \(key) is taken for what is meant"
        default: ""
        }
    }

    private var causeText: String {
        switch self {
        case .noServiceAt(let address, let near): "no Service has \(address)" + Remark.hint(near)
        case .noLoadBalancerAt(let address, let near): "no load balancer has \(address)" + Remark.hint(near)
        case .noPodAt(let address): "no Pod has \(address)"
        case .noSuchPort(let key, let port, let transport, let ports, let because):
            "port \(port)\(transport == .tcp ? "" : "/\(transport.rawValue.uppercased())"): \(key.name) has only "
                + ports.listed(or: "no port") + because.at
        case .sourceNotAllowed(let client, _, _, let because):
            "\(client) is not in loadBalancerSourceRanges\(because.in)"
        case .otherProxy(_, let label, let because): "label \(label): the proxy leaves the Service alone\(because.in)"
        case .noProxy: "the lab has no Service proxy (proxyMode none)"
        case .nodePortAtLoopback(let key, let node, let socket, let mode):
            "nothing listens at \(socket): the node port of \(key) answers at \(node)'s own address alone "
                + "(proxyMode \(mode.rawValue))"
        case .noBackendNode(_, let why):
            "the load balancer has no node to send to" + (why.isEmpty ? "" : ": \(why.listed())")
        case .loadBalancerPending(_, let why, let because): "the load balancer is pending\(because.at): \(why)"
        case .nodeSilent(let node): "\(node) is cut off and does not answer"
        case .hostHasNoRoute(let access, let address):
            "hostAccess is \(access.rawValue): the host has no route to \(address)"
        case .noRoute(let place, let address, let reason):
            "nobody has a route to \(address): \(place) says \(reason)"
        case .answerLost(_, let reason): "the packet arrives, but \(reason)"
        case .outside(let address): "\(address) is no address of the lab: the host's own routes decide"
        case .ruleOnly(let address, let key):
            "nothing answers a ping: \(key.map { "\(address) of \($0)" } ?? "\(address)") exists only as a rule"
        case .ruled(let place, let because): "\(place), because of \(because)"
        default: ""
        }
    }

    private var endpointText: String {
        switch self {
        case .noSelector(let key, let because):
            "no endpoints: \(key.name) has no selector\(because.at), and nobody made an EndpointSlice for it"
        case .noPodMatches(_, let selector, let nearest, let because):
            "no endpoints: selector \(selector.labelText)\(because.at) matches no Pod"
                + (nearest.map { near in "; nearest: \(near.text(from: because))" } ?? "")
        case .noPodReady(_, let matching, let troubles):
            "no endpoints: \(matching.counted("Pod")) match\(matching == 1 ? "es" : ""), none is ready: "
                + troubles.map { $0.text(of: matching) }.joined(separator: "; ")
        case .noPortNamed(let name, _, let matching, let known, let because):
            "no endpoints: targetPort \(name)\(because.at): no container of the \(matching.counted("Pod")) names a port so"
                + (known.isEmpty ? "" : "; they name \(known.listed())")
        case .noEndpoints(let key): "no endpoints: nothing ready stands behind \(key.name)"
        case .noEndpointOfFamily(let key, let family, let others):
            "no endpoints: \(key.name) has none of \(family.rawValue); \(others) of the other family "
                + (others == 1 ? "is ready" : "are ready")
        case .noLocalEndpoint(_, let policy, let node, let elsewhere, let because):
            "\(policy.rawValue) Local\(because.at), and \(node) has no ready endpoint"
                + (elsewhere.isEmpty ? "" : " (they are on \(elsewhere.listed()))")
        default: ""
        }
    }

    private var besideText: String {
        switch self {
        case .clientSeen(let addresses, let own, let places):
            Remark.seen(addresses, own, places)
        case .reply(let through, let restoredAt, let source, let isUnderstood):
            "the reply comes back through \(through.map(\.text).listed())"
                + (restoredAt.isEmpty
                    ? ""
                    : "; \(restoredAt.map(\.text).listed()) put\(restoredAt.count == 1 ? "s" : "") the addresses "
                        + "back")
                + (isUnderstood ? "" : "; it arrives from \(source), which the client did not ask: it is lost")
        case .undeclaredPort(let socket, let pods, let declared):
            "the network delivers to \(pods == 1 ? "\(socket)" : "port \(socket.port)"); whether anything listens there "
                + "is another matter: no container declares that port"
                + (declared.isEmpty ? "" : " (declared: \(declared.map { "\($0)" }.listed()))")
        case .leftOut(_, let troubles):
            troubles.map { "left out: \($0.count.counted("Pod")): \($0.trouble.text)" }.joined(separator: "; ")
        case .affinity(_, let seconds, let because):
            "sessionAffinity ClientIP\(because.at): a client stays with the endpoint that it is given, for \(seconds) s "
                + "after its last new connection"
        case .nearOnly(_, let used, let ready, let because):
            "\(used) of \(ready) ready endpoints are used here, those that are near"
                + (because.map { " (\($0.field)\($0.at))" } ?? "")
        default: ""
        }
    }

    private static func seen(_ addresses: [Address], _ own: Address?, _ places: [NamespaceName]) -> String {
        if let own, addresses == [own] { return "the server sees the client's own address, \(own)" }
        let others = addresses.filter { $0 != own }.map(\.description)
        let who = others.count < addresses.count ? "the client's own address, or \(others.listed())" : others.listed()
        let verb = places.count == 1 ? "puts its own address" : "put their own addresses"
        return "the server sees \(who) as the client: \(places.map(\.text).listed()) \(verb) in"
    }

    private static func hint(_ near: [String]) -> String { near.isEmpty ? "" : "; there are \(near.listed())" }
}

extension Remark.Receivers {
    /// `one of 3 Pods of Service web/hello answers (hello-a, hello-b and hello-c)`.
    var text: String {
        let of = service.map { " of \($0)" } ?? ""
        switch pods {
        case 0 where endpoints > 1: return "to one of \(endpoints) endpoints\(of)"
        case 0: return "to \(names.listed())"
        case 1: return "to Pod \(names.listed())\(of)"
        default: return "to one of \(pods) Pods\(of) (\(names.listed(of: pods)))"
        }
    }
}

extension Remark.NearPods {
    /// `app=hallo on 3 Pods`, with the namespace if that is what differs.
    func text(from because: Because) -> String {
        let place = because.object.hasPrefix("Service \(namespace)/") ? "" : " in namespace \(namespace)"
        return "\(labels.labelText) on \(count.counted("Pod"))\(place)"
    }
}

extension Remark.TroubledPods {
    func text(of all: Int) -> String { count == all ? trouble.text : "\(count.counted("Pod")): \(trouble.text)" }
}

extension PodTrouble {
    /// Why, in words.
    public var text: String {
        switch self {
        case .unscheduled(let message): "on no node" + (message.isEmpty ? "" : ": \(message)")
        case .waiting(let reason, let message): reason + (message.isEmpty ? "" : ": \(message)")
        case .probeFails(let probe, let heard): "readiness probe \(probe) fails" + (heard.isEmpty ? "" : " (\(heard))")
        case .gate(let name): "readiness gate \(name) is closed"
        case .nodeSilent(let node): "\(node) does not answer"
        case .terminating: "terminating"
        case .finished(let phase): "it has ended (\(phase.rawValue))"
        case .assumed: "assumed to be unready"
        case .unready(let message): message.isEmpty ? "not ready" : message
        case .noPortNamed(let name): "no container names a port \(name)"
        }
    }
}

extension Because {
    /// ` at hello.yaml:14`, or nothing for what no manifest has.
    fileprivate var at: String { location.isEmpty ? "" : " at \(location)" }
    /// ` (hello.yaml:14)`, or nothing.
    fileprivate var `in`: String { location.isEmpty ? "" : " (\(location))" }
}

extension [String: String] {
    /// `app=web,tier=front`.
    var labelText: String { sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",") }
}

extension [String] {
    /// The names that are here, and how many more there are.
    fileprivate func listed(of all: Int) -> String {
        all > count ? joined(separator: ", ") + " and \(all - count) more" : listed()
    }
}

extension Int {
    /// `1 Pod`, `3 Pods`.
    func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
