// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net
internal import Server

/// What a lab was brought up with, as it is kept: its Lab document, what was chosen for it, its certificates and secrets.
struct KeptSetup {
    private static let name = "setup"
    private static let made = "made"
    private static let variant = "iptables"

    let options: LabOptions
    let configuration: Configuration
    let access: APIAccess
    let images: [String: [String]]
    let iptables: IPTablesVariant?
    /// The Lab document, if there is one.
    let document: Value?
    /// The port of the API on the loopback of the host's namespace.
    let port: UInt16?

    /// The nodes are there: from now on the lab can be taken over.
    static let isMade = StateChange(made, true)

    /// What was kept; an error if the lab was never so far.
    init(_ paths: LabPaths, _ image: StateImage) throws {
        guard image[KeptSetup.made] == true, let kept = image[KeptSetup.name] else {
            throw LabError(
                "the lab \(paths.lab) was never up, and its daemon is gone; take its remains away: lab down \(paths.lab)"
            )
        }
        options = LabOptions(kept["options"] ?? .null)
        guard options.isIsolated || kept["host"]?.int == KeptSetup.host else {
            throw LabError("the lab \(paths.lab) is part of another network namespace: use it from there")
        }
        document = kept["lab"]
        let documents = try document.map { try Manifest.read(Array($0.json().utf8), file: "lab") } ?? []
        var lab = try LabConfiguration.read(documents).lab
        lab.families = (kept["families"]?.elements ?? []).compactMap { $0.string.flatMap { Family(rawValue: $0) } }
        lab.ranges = LabConfiguration.Ranges(kept: kept["ranges"] ?? .null)
        var configuration = try lab.configuration(
            named: paths.lab, nodes: options.nodes, occupied: [], hostInterface: kept["interface"]?.string ?? "lab0"
        ).configuration
        access = try APIAccess(kept: kept["access"] ?? .null)
        configuration.certificateAuthority = access.authority.certificate
        configuration.namespaceDelay = LabSetup.namespaceDelay
        configuration.machine = Machine.read()
        configuration.sabotage = options.sabotage.flatMap { Sabotage(rawValue: $0) }
        self.configuration = configuration
        images = lab.images
        let variant = lab.iptables?.rawValue ?? image[KeptSetup.variant]?.string
        iptables = variant.flatMap { IPTablesVariant(rawValue: $0) }
        port = kept["port"]?.int.flatMap { UInt16(exactly: $0) }
    }

    /// Which of the two ways iptables rules are written in, once that was found out.
    static func variant(_ variant: IPTablesVariant) -> StateChange {
        StateChange(KeptSetup.variant, .string(variant.rawValue))
    }

    /// What is to be kept of a lab that comes up.
    static func change(
        _ document: Value?, _ options: LabOptions, _ configuration: Configuration, _ access: APIAccess, port: UInt16?
    ) -> StateChange {
        var value = ranges(configuration)
        value["options"] = options.value
        value["access"] = access.kept
        value["lab"] = document
        value["host"] = host.map { .int(Int64($0)) }
        value["port"] = port.map { .int(Int64($0)) }
        return StateChange(name, value)
    }

    /// What was chosen of addresses and names that are the machine's as well.
    static func ranges(_ configuration: Configuration) -> Value {
        [
            "interface": .string(configuration.hostInterface),
            "families": .array(configuration.families.map { .string($0.rawValue) }),
            "ranges": [
                "nodes": list(configuration.ranges.map(\.nodes)), "pods": list(configuration.ranges.map(\.pods)),
                "services": list(configuration.ranges.map(\.services)),
                "loadBalancers": list(configuration.ranges.map(\.loadBalancers)),
            ],
        ]
    }

    /// The number of the namespace that is a lab's host, unless it is isolated: this program's own.
    private static var host: Int? {
        (try? NetworkNamespace.current()).map { Int(truncatingIfNeeded: ProcessTable.inode(of: $0)) }
    }

    private static func list(_ ranges: [Prefix]) -> Value { .array(ranges.map { .string($0.description) }) }
}

extension LabConfiguration.Ranges {
    /// The ranges that were kept.
    init(kept: Value) {
        func ranges(_ field: String) -> [Prefix] {
            (kept[field]?.elements ?? []).compactMap { $0.string.flatMap { Prefix($0) } }
        }
        self.init(
            nodes: ranges("nodes"), pods: ranges("pods"), services: ranges("services"),
            loadBalancers: ranges("loadBalancers"))
    }
}

extension APIAccess {
    /// The certificates and secrets that were kept.
    fileprivate init(kept: Value) throws {
        guard let certificate = kept["certificate"]?.string, let serving = kept["serving"]?.string,
            let key = kept["key"]?.string, let secret = kept["secret"]?.string, let token = kept["token"]?.string
        else { throw LabError("the lab's state lacks its certificates") }
        self.init(
            Authority(certificate: certificate, servingCertificate: serving, servingKey: key), secret: secret,
            adminToken: token)
    }

    fileprivate var kept: Value {
        [
            "certificate": .string(authority.certificate), "serving": .string(authority.servingCertificate),
            "key": .string(authority.servingKey), "secret": .string(secret), "token": .string(adminToken),
        ]
    }
}
