// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net
internal import Server

/// From a manifest to a lab that can start: everything is decided and checked before the first thing is made.
struct LabSetup: Sendable {
    /// What was decided.
    struct Plans: Sendable {
        var cluster: Cluster
        var applied: [Applied]
        /// Sentences for the user: ranges that had to give way.
        var notices: [String]
        /// The API's certificate and secrets.
        var access: APIAccess
    }

    /// How long a namespace that is to end keeps its contents, in milliseconds.
    static let namespaceDelay = 500

    let name: String
    let paths: LabPaths
    /// The Lab document, if there is one.
    let document: Value?
    private let options: LabOptions
    private let documents: [Document]
    private let lab: LabConfiguration
    /// What the manifests say, for the lab's story.
    let texts: ManifestTexts

    /// What images are started with, as the lab file says.
    var images: [String: [String]] { lab.images }

    /// The commands that write the nodes' rules in iptables mode, as the lab file says; nil for whichever work.
    var iptables: IPTablesVariant? { lab.iptables.flatMap { IPTablesVariant(rawValue: $0.rawValue) } }

    /// Reads the manifests. Nothing is touched.
    init(_ files: [InputFile], _ options: LabOptions) throws {
        self.options = options
        var documents: [Document] = []
        var texts = ManifestTexts()
        for file in files {
            let read = try Manifest.read(file.bytes, file: file.name)
            texts.keep(file, read)
            documents += read
        }
        self.texts = texts
        try Refusal.unlessEmpty(Manifest.duplicates(documents))
        try LabSetup.put(options.overrides, over: &documents)
        (lab, self.documents) = try LabConfiguration.read(documents)
        document = documents.first { LabConfiguration.isLab($0.object) }?.object.value
        name = options.name ?? lab.name ?? LabSetup.name(of: files)
        if let problem = LabPaths.problem(withName: name) { throw LabError("the name \"\(name)\": \(problem)") }
        paths = LabPaths(lab: name)
        try requireIPTables()
        guard !lab.egress || !options.isIsolated else {
            throw LabError("spec.egress: an isolated lab has no way out; leave out --isolated, or spec.egress")
        }
        guard !lab.families.contains(.v6) || KernelEdge.hasIPv6 else {
            throw LabError("spec.ipFamilies: this machine has no IPv6 (ipv6.disable=1?); leave IPv6 out")
        }
    }

    /// Puts fields over those of the Lab document, or makes one of them if there is none.
    private static func put(_ fields: Fields, over documents: inout [Document]) throws {
        guard !fields.isEmpty else { return }
        guard let index = documents.firstIndex(where: { LabConfiguration.isLab($0.object) }) else {
            let lab: Value = ["apiVersion": "lab/v1", "kind": "Lab", "spec": .object(fields)]
            documents += try Manifest.read(lab.jsonBytes(), file: "spec.lab")
            return
        }
        for (name, value) in fields { documents[index].object.value["spec", name] = value }
    }

    /// Refuses iptables mode where its commands are not, or do not work.
    private func requireIPTables() throws {
        guard lab.proxyMode == .iptables, Program.isRoot else { return }
        guard let variant = iptables ?? IPTablesVariant.preferred else {
            throw LabError("spec.proxyMode iptables: \(IPTablesVariant.nft.lacking() ?? "no iptables works here")")
        }
        for family in lab.families {
            if let reason = variant.lacking(family) { throw LabError("spec.proxyMode iptables: \(reason)") }
        }
    }

    /// The name of the first file without its folder and ending, with what a name may not have made a dash.
    private static func name(of files: [InputFile]) -> String {
        guard let file = files.first, file.name != "-" else { return "lab" }
        let last = file.name.split(separator: "/").last.map(String.init) ?? "lab"
        let stem = last.split(separator: ".").first.map(String.init) ?? "lab"
        let allowed = stem.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let trimmed = String(allowed.prefix(40)).split(separator: "-").joined(separator: "-")
        return trimmed.isEmpty ? "lab" : trimmed
    }

    /// Refuses a name that another lab has, or its remains. Called with the lock of all labs held.
    func requireFreeName() throws {
        guard File.exists(paths.directory) else { return }
        switch LabDirectory.life(paths) {
        case .up, .silent:
            throw LabError(
                "a lab named \(name) is up already; choose another name with --name, or take it down: lab down \(name)"
            )
        case .starting:
            throw LabError("a lab named \(name) is just being brought up; choose another name with --name")
        case .wreck:
            throw LabError(
                "the remains of a lab named \(name) are there: lab resume \(name) takes it over, lab down \(name) takes it "
                    + "away")
        }
    }

    /// Chooses ranges and makes the cluster in memory: whatever is refused is refused here.
    func plan(now: Timestamp, seed: UInt64) throws -> Plans {
        let lacks = lab.egress ? try Egress.check(lab.families) : []
        let occupied = options.isIsolated ? [] : try LabSetup.occupiedRanges()
        let made = try lab.configuration(
            named: name, nodes: options.nodes, occupied: occupied, hostInterface: try freeInterface())
        var configuration = made.configuration
        let access = try APIAccess(configuration)
        configuration.certificateAuthority = access.authority.certificate
        configuration.namespaceDelay = LabSetup.namespaceDelay
        configuration.machine = Machine.read()
        configuration.sabotage = try sabotage()
        var cluster = Cluster(configuration, seed: seed, now: now)
        let applied = try cluster.apply(documents, now: now)
        return Plans(cluster: cluster, applied: applied, notices: made.notices + lacks, access: access)
    }

    private func sabotage() throws -> Sabotage? {
        guard let name = options.sabotage else { return nil }
        guard let sabotage = Sabotage(rawValue: name) else {
            let names = Sabotage.allCases.map(\.rawValue).joined(separator: ", ")
            throw LabError("there is no sabotage \(name); there are: \(names)")
        }
        return sabotage
    }

    /// Makes the folder and the journal, and says what the lab is made of. Called with the lock held.
    func establish(_ cluster: Cluster) throws {
        try LabFolders.make(paths)
        try Program.redirectOutput(to: paths.daemonLog)
        if !options.isIsolated {
            try Journal(paths).record(.interface, [cluster.configuration.hostInterface])
        }
        try File.write(paths.description, LabDirectory.description(cluster.configuration, options).json() + "\n")
    }

    /// The first of `lab0`, `lab1`, … that no interface of the host and no other lab has.
    private func freeInterface() throws(KernelError) -> String {
        guard !options.isIsolated else { return "lab0" }
        var taken = Set(try RouteSocket(place: "host").links().map(\.name))
        taken.formUnion(LabDirectory.all().flatMap { Journal($0).names(.interface) })
        return (0...).lazy.map { "lab\($0)" }.first { !taken.contains($0) } ?? "lab0"
    }

    /// What the host routes already, and what other labs on this host have taken.
    private static func occupiedRanges() throws(KernelError) -> [OccupiedRange] {
        let socket = try RouteSocket(place: "host")
        let names = Dictionary(try socket.links().map { ($0.index, $0.name) }) { $1 }
        let routes = try socket.routes().filter { $0.destination.length > 0 && $0.kind != .broadcast }
        let own = routes.map { route in
            let device = route.interface.flatMap { names[$0] }.map { "dev \($0)" } ?? "\(route.kind)"
            return OccupiedRange(route.destination, owner: "the route \(route.destination) \(device)")
        }
        return own + LabDirectory.all().flatMap(LabDirectory.ranges)
    }
}

/// Something that the user asked for and cannot have, with what to do about it.
public struct LabError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentence for the user.
    public var description: String
    /// An error that says this.
    public init(_ description: String) { self.description = description }
}

extension Refusal {
    /// Throws the faults as one refusal, if there are any.
    static func unlessEmpty(_ faults: [Fault]) throws(Refusal) {
        if !faults.isEmpty { throw Refusal(faults) }
    }
}
