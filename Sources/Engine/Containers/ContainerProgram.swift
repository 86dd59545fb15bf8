// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Net

/// What a container runs in a lab: its own command if the host has that program, the lab's responder otherwise.
enum ContainerProgram: Sendable, Hashable {
    /// A program of the host's, with all its arguments (the first is its name).
    case host(path: String, arguments: [String])
    /// The responder, on the container's ports.
    case responder(arguments: [String])

    /// True for the lab's own program.
    var isResponder: Bool { if case .responder = self { true } else { false } }

    /// Where programs without a slash are looked for.
    static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Chooses for one container.
    /// - Parameters:
    ///   - images: what images are, as the lab file says.
    ///   - exists: tells whether the host has a program at a path.
    static func choose(
        _ container: Container, environment: Environment, images: [String: [String]] = [:], exists: (String) -> Bool
    ) -> ContainerProgram {
        if answersNames(container) { return .responder(arguments: ["responder", "--http", nameServerPorts]) }
        let words = words(container, environment, images)
        switch words.first {
        case "/agnhost", "agnhost": return .responder(arguments: ["responder", "agnhost"] + words.dropFirst())
        case .some(let name):
            if let path = find(name, exists) { return .host(path: path, arguments: words) }
        case nil: break
        }
        return .responder(arguments: responderArguments(container))
    }

    /// True for a container that is the cluster's name server.
    static func answersNames(_ container: Container) -> Bool {
        guard StandIn.of(container.image) == .names else { return false }
        return container.command.first.map { $0.split(separator: "/").last == "coredns" } ?? true
    }

    /// Where CoreDNS has its plugins `health`, `ready` and `prometheus`.
    private static let nameServerPorts = "8080,8181,9153"

    /// The command line: the container's own, on top of what its image is started with.
    private static func words(
        _ container: Container, _ environment: Environment, _ images: [String: [String]]
    ) -> [String] {
        let command = container.command.map(environment.expand)
        let arguments = container.args.map(environment.expand)
        if !command.isEmpty { return command + arguments }
        let image = container.image
        if let entryPoint = images[image] ?? images[StandIn.untagged(image)] ?? images[StandIn.baseName(image)] {
            return entryPoint + arguments
        }
        switch StandIn.of(container.image) {
        case .agnhost: return ["/agnhost"] + (arguments.isEmpty ? ["pause"] : arguments)
        case .tool(let entryPoint, let standard): return entryPoint + (arguments.isEmpty ? standard : arguments)
        case .server, .pause, .names, nil: return []
        }
    }

    private static func find(_ name: String, _ exists: (String) -> Bool) -> String? {
        if name.contains("/") { return exists(name) ? name : nil }
        return searchPath.split(separator: ":").map { "\($0)/\(name)" }.first(where: exists)
    }

    /// HTTP on every TCP port, HTTPS on 443 and on ports named `https`, echo on UDP ports.
    private static func responderArguments(_ container: Container) -> [String] {
        let isTLS = { (port: ContainerPort) in port.containerPort == 443 || port.name == "https" }
        var http = container.ports.filter { $0.transport == .tcp && !isTLS($0) }.map(\.containerPort)
        let tls = container.ports.filter { $0.transport == .tcp && isTLS($0) }.map(\.containerPort)
        let udp = container.ports.filter { $0.transport == .udp }.map(\.containerPort)
        var files: String?
        if case .server(let port, let folder) = StandIn.of(container.image) {
            if container.ports.isEmpty { http = [port] }
            // Only what a volume has there: this machine's own folder of that name is no part of the image.
            let mounts = container.value["volumeMounts"]?.elements.compactMap { $0["mountPath"]?.string } ?? []
            files = mounts.contains { $0 == folder } ? folder : nil
        }
        let groups = [("--http", http), ("--tls", tls), ("--udp", udp)]
        return ["responder"]
            + groups.flatMap { flag, ports in
                ports.isEmpty ? [] : [flag, ports.map { String($0) }.joined(separator: ",")]
            } + (files.map { ["--files", $0] } ?? [])
    }

    /// The variables that every container has before all others.
    static func firstVariables(_ pod: Pod, node: String, _ resolver: Resolver) -> [(String, String)] {
        [
            ("PATH", searchPath), ("HOSTNAME", resolver.hostname(pod)), ("LAB_POD", pod.name),
            ("LAB_NODE", node),
            ("LAB_NAMESPACE", pod.namespace),
        ]
    }
}
