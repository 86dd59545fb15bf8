// SPDX-License-Identifier: Apache-2.0
internal import Cluster
public import Kubernetes
internal import Linux
internal import Net

/// The labs of this machine, as their folders tell.
public enum LabDirectory {
    /// The folders of all labs, alive or not, by name.
    public static func all() -> [LabPaths] {
        File.names(in: LabPaths.root).filter { LabPaths.problem(withName: $0) == nil }.map { LabPaths(lab: $0) }
    }

    /// How it stands with a lab's daemon.
    public enum Life: String, Sendable { case up, starting, silent, wreck }

    /// Whether a lab's daemon answers, is still bringing the lab up, does not answer, or is gone.
    public static func life(_ paths: LabPaths) -> Life {
        switch ControlClient.greeting(of: paths) {
        case .answers: return .up
        case .silent: return .silent
        case .none: break
        }
        return daemon(paths)?.isRunning == true ? .starting : .wreck
    }

    /// The process of a lab's daemon; nil if it is gone.
    static func daemon(_ paths: LabPaths) -> ChildProcess? {
        guard let description = description(paths), let pid = description["daemon"]?.int,
            let start = description["daemonStart"]?.int
        else { return nil }
        return ChildProcess.find(pid: Int32(clamping: pid), startTime: UInt64(clamping: start))
    }

    /// What a lab says of itself: nodes, ranges, whether it is isolated. Nil for a wreck from before it could say so.
    public static func description(_ paths: LabPaths) -> Value? {
        guard let text = try? File.bytes(paths.description) else { return nil }
        return try? Value(json: text)
    }

    static func description(_ configuration: Configuration, _ options: LabOptions) -> Value {
        [
            "name": .string(configuration.name), "isolated": .bool(options.isIsolated),
            "nodes": .int(Int64(configuration.nodes.count)),
            "outside": .array(configuration.external.map { .string($0.name) }), "egress": .bool(configuration.egress),
            "daemon": .int(Int64(Program.pid)),
            "daemonStart": .int(Int64(ProcessTable.startTime(of: Program.pid) ?? 0)),
            "proxyMode": .string(configuration.proxyMode.rawValue),
            "since": .string(Timestamp.now().description),
            "ipFamilies": .array(configuration.families.map { .string($0.rawValue) }),
            "ranges": [
                "nodes": list(configuration.ranges.map(\.nodes)), "pods": list(configuration.ranges.map(\.pods)),
                "services": list(configuration.ranges.map(\.services)),
                "loadBalancers": list(configuration.ranges.map(\.loadBalancers)),
            ],
        ]
    }

    /// As a lab file may have it: one of each family, with a comma between them.
    private static func list(_ ranges: [Prefix]) -> Value { .string(ranges.map(\.description).joined(separator: ",")) }

    /// The ranges that a lab takes from the host; none if it is isolated.
    static func ranges(_ paths: LabPaths) -> [OccupiedRange] {
        guard let description = description(paths), description["isolated"]?.bool == false else { return [] }
        return (description["ranges"]?.strings ?? [:]).values.flatMap { $0.split(separator: ",") }.compactMap { text in
            Prefix(String(text)).map { OccupiedRange($0, owner: "the lab \(paths.lab)") }
        }
    }

    /// The lab that a command means: the one that is named, or the only one there is.
    public static func find(_ name: String?) throws -> LabPaths {
        let labs = all()
        if let name {
            guard let paths = labs.first(where: { $0.lab == name }) else {
                throw LabError(
                    "no lab named \(name) is up"
                        + (labs.isEmpty ? "" : "; there are: \(labs.map(\.lab).joined(separator: ", "))"))
            }
            return paths
        }
        guard let only = labs.first else { throw LabError("no lab is up; start one: lab up FILE") }
        guard labs.count == 1 else {
            throw LabError(
                "several labs are up (\(labs.map(\.lab).joined(separator: ", "))); say which with --lab NAME or LAB_NAME"
            )
        }
        return only
    }
}
