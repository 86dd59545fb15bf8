// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux
internal import Net

/// What checks look at beside traffic.
extension Lab {
    /// The rules of one node, or of all, as the kernel's own programs print them.
    func rules(of node: String?) async throws -> [String: String] {
        let status = try await status()
        let names = node.map { [$0] } ?? (status["nodes"]?.elements ?? []).compactMap { $0["name"]?.string }
        let usesIPTables = status["proxyMode"]?.string == "iptables"
        var texts: [String: String] = [:]
        for name in names {
            var text = try await output(["nft", "list", "ruleset"], of: name)
            if usesIPTables {
                for program in ["iptables-save", "ip6tables-save", "iptables-legacy-save"] {
                    text += (try? await output([program], of: name)) ?? ""
                }
            }
            texts[name] = text
        }
        return texts
    }

    private func output(_ command: [String], of node: String) async throws -> String {
        let ended = try await run(ProgramCall(.node(node), command, timeout: .seconds(20)))
        guard ended.exitCode == 0 else {
            throw LabFailure("\(command.joined(separator: " ")) on \(node): \(ended.errorOutput.prefix(300))")
        }
        return ended.output
    }

    /// Every way that the walker sees for a packet.
    func ways(_ walk: Check.Walk) async throws -> [Observation.Way] {
        let from = try await name(of: walk.from)
        let to = try await substitute(walk.to, inURL: true)
        let answer = try await why(
            from: from.contains("/") && !from.hasPrefix("outside/") ? "pod/\(from)" : from, to: to,
            transport: walk.transport)
        return (answer.value["ways"]?.elements ?? []).map { way in
            let outcome: Check.Outcome =
                switch way["outcome"]?.string {
                case "delivered": .delivered
                case "rejected": .refused
                case "dropped": .timedOut
                default: .unreachable
                }
            let pod = way["pod"]?.string.flatMap { $0.split(separator: "/").last.map(String.init) }
            let place = way["namespace"]?.string
            let source = way["source"]?.string.flatMap { try? WebAddress.hostAndPort($0[...], in: $0).host }
            return Observation.Way(
                outcome, end: outcome == .delivered ? pod ?? place : nil, source: outcome == .delivered ? source : nil)
        }
    }

    /// Events that answer a question.
    func events(_ question: Check.EventQuestion) async throws -> [Object] {
        let list = try await api("GET", "/api/v1/events").get()
        return (list["items"]?.elements ?? []).map { Object($0) }.filter { event in
            if let reason = question.reason, event.value["reason"]?.string != reason { return false }
            guard let object = question.object else { return true }
            let about = event.value["involvedObject"] ?? .null
            let kind = object.resource?.kind ?? object.kind
            let isNamespaced = object.resource?.isNamespaced ?? true
            return about["name"]?.string == object.name && about["kind"]?.string?.lowercased() == kind.lowercased()
                && (!isNamespaced || about["namespace"]?.string == object.namespace)
        }
    }

    /// Who is in the lab.
    func knownSystems() async throws -> KnownSystems {
        let pods = try await api("GET", "/api/v1/pods").get()
        let nodes = try await api("GET", "/api/v1/nodes").get()
        var systems = KnownSystems()
        systems.pods = (pods["items"]?.elements ?? []).map { value in
            let pod = Pod(Object(value))
            return KnownSystems.Pod(
                // The address of a Pod on its node's network is the node's.
                pod.name, namespace: pod.namespace, labels: pod.labels,
                addresses: pod.isHostNetwork ? [] : pod.addresses,
                isReady: pod.isReady && !pod.isTerminating)
        }
        for value in nodes["items"]?.elements ?? [] {
            let node = Node(Object(value))
            systems.nodes[node.name] = node.internalAddresses
        }
        let outside = try await status()["outside"]?.elements ?? []
        for system in outside {
            let name = system["name"]?.string ?? ""
            let addresses = (system["addresses"]?.elements ?? []).compactMap { $0.string.flatMap { Address($0) } }
            systems.others["outside/\(name)"] = addresses
        }
        for location in [Location.host, .edge] {
            systems.others[location.description] = (try? await addresses(of: location)) ?? []
        }
        return systems
    }

    /// The addresses that a place itself has.
    private func addresses(of location: Location) async throws -> [Address] {
        let place = try await locate(location)
        return try await Blocking.run {
            let texts = try place.namespace.enter { () throws(KernelError) in
                (
                    try File.read("/proc/thread-self/net/fib_trie"),
                    (try? File.read("/proc/thread-self/net/if_inet6")) ?? ""
                )
            }
            return Lab.localAddresses(inTrie: texts.0) + Lab.localAddresses(inTable: texts.1)
        }
    }

    /// `|-- 10.0.0.1` with `/32 host LOCAL` below it.
    private static func localAddresses(inTrie text: String) -> [Address] {
        var found: [Address] = []
        var last: Address?
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "|--" { last = Address(String(words[1])) }
            guard words.last == "LOCAL", line.contains("/32 host"), let address = last else { continue }
            if !address.isLoopback, !found.contains(address) { found.append(address) }
        }
        return found
    }

    /// 32 digits, and more.
    private static func localAddresses(inTable text: String) -> [Address] {
        text.split(separator: "\n").compactMap { line in
            let digits = Array(line.prefix(32).utf8)
            let bytes = stride(from: 0, to: 32, by: 2).compactMap { index in
                UInt8(String(decoding: digits[index..<min(index + 2, digits.count)], as: UTF8.self), radix: 16)
            }
            guard digits.count == 32, bytes.count == 16, let address = Address(bytes: bytes) else { return nil }
            return address.isLoopback || address.isLinkLocal ? nil : address
        }
    }
}

extension ScenarioRunner {
    /// Who is in the lab, for a check that asks who did something.
    func systems(for check: Check, _ observation: Observation) async -> KnownSystems {
        let asks = check.tests.contains { test in
            switch test {
            case .answeredBy, .source, .ends: true
            default: false
            }
        }
        return asks ? (try? await lab.knownSystems()) ?? KnownSystems() : KnownSystems()
    }
}
