// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
public import Linux

/// The way into a place of a running lab: what its daemon's verb `locate` tells, made into processes and namespaces.
public struct PlaceEntry: Sendable {
    /// What the daemon told.
    public let location: Value
    private let container: Value?

    /// The way to a place that the daemon has located.
    /// - Parameter name: the container, in a Pod with several; nil for the first that runs.
    public init(_ location: Value, container name: String? = nil) {
        self.location = location
        let containers = location["containers"]?.elements ?? []
        container =
            name == nil
            ? containers.first { $0["pid"] != nil } : containers.first { $0["name"]?.string == name }
    }

    /// True if the place is a Pod.
    public var isPod: Bool { location["pod"] != nil }

    /// True if no process of the Pod runs that a command could join.
    public var isEmptyPod: Bool { isPod && container?["pid"] == nil }

    /// The network namespace of the place; that of the calling process for a host that is the machine's own.
    public func network() throws(KernelError) -> NetworkNamespace {
        guard let binding = location["binding"]?.string else { return try .current() }
        return try BindingFolder.standard.open(binding)
    }

    /// Starts a command there: in a Pod as the Pod's own processes are, elsewhere with this program's rights.
    /// - Parameter environment: what the command gets where the place is no Pod; with KUBECONFIG for the lab, unless it
    ///   has one.
    public func start(
        _ words: [String], streams: ProcessOptions.Streams = .inherited, environment: [String] = Program.environment
    ) throws -> ChildProcess {
        guard let program = words.first else { throw LabError("no command is given") }
        guard !isEmptyPod else {
            let names = (location["containers"]?.elements ?? []).compactMap { $0["name"]?.string }
            throw LabError(
                "no such container of \(location["pod"]?.string ?? "the Pod") runs; it has: "
                    + names.joined(separator: ", "))
        }
        var options = ProcessOptions(.path(program))
        options.arguments = Array(words.dropFirst())
        options.environment = environment
        options.streams = streams
        if let pid = container?["pid"]?.int,
            let running = ChildProcess.find(
                pid: Int32(pid), startTime: container?["startTime"]?.int.map { UInt64($0) })
        {
            options.environment =
                (container?["environment"]?.elements ?? []).compactMap(\.string)
                + ["TERM=\(Program.environment("TERM") ?? "dumb")"]
            options.privileges = .unprivileged
            options.directory = "/"
            return try ContainerProcess.exec(in: running, options)
        }
        if location["binding"] != nil {
            options.network = try network()
            options.environment = withKubeconfig(options.environment)
        }
        // The command's own view of the files; everyone else's stays.
        for (field, file) in [("resolver", "/etc/resolv.conf"), ("hosts", "/etc/hosts")] {
            let own = location[field]?.string ?? ""
            if !own.isEmpty, File.exists(file) { options.mounts.append(.bind(own, at: file)) }
        }
        return try ContainerProcess.spawn(options)
    }

    /// In a place of the lab kubectl means the lab, unless the user has said otherwise.
    private func withKubeconfig(_ environment: [String]) -> [String] {
        let path = location["kubeconfig"]?.string ?? ""
        return path.isEmpty || environment.contains { $0.hasPrefix("KUBECONFIG=") }
            ? environment : environment + ["KUBECONFIG=\(path)"]
    }
}
