// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux
internal import Net

/// What a container runs in a lab: its own command if the host has that program, the lab's responder otherwise.
enum ContainerProgram: Sendable, Hashable {
    /// A program of the host's, with all its arguments (the first is its name).
    case host(path: String, arguments: [String])
    /// The responder, on the container's ports.
    case responder(arguments: [String])

    /// Where programs without a slash are looked for.
    static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Chooses for one container; `exists` tells whether the host has a program at a path.
    static func choose(
        _ container: Container, environment: [String: String], exists: (String) -> Bool
    ) -> ContainerProgram {
        let command = (container.command).map { expand($0, environment) }
        let arguments = (container.args).map { expand($0, environment) }
        if let name = command.first, let path = find(name, exists) {
            return .host(path: path, arguments: command + arguments)
        }
        return .responder(arguments: responderArguments(container))
    }

    private static func find(_ name: String, _ exists: (String) -> Bool) -> String? {
        if name.contains("/") { return exists(name) ? name : nil }
        return searchPath.split(separator: ":").map { "\($0)/\(name)" }.first(where: exists)
    }

    /// HTTP on every TCP port, HTTPS on 443 and on ports named `https`, echo on UDP ports.
    private static func responderArguments(_ container: Container) -> [String] {
        let isTLS = { (port: ContainerPort) in port.containerPort == 443 || port.name == "https" }
        let groups: [(String, [ContainerPort])] = [
            ("--http", container.ports.filter { $0.transport == .tcp && !isTLS($0) }),
            ("--tls", container.ports.filter { $0.transport == .tcp && isTLS($0) }),
            ("--udp", container.ports.filter { $0.transport == .udp }),
        ]
        return ["responder"]
            + groups.flatMap { flag, ports in
                ports.isEmpty ? [] : [flag, ports.map { String($0.containerPort) }.joined(separator: ",")]
            }
    }

    /// Replaces `$(NAME)` by the variable's value and `$$` by `$`; an unknown name stays as it is, as in Kubernetes.
    static func expand(_ text: String, _ environment: [String: String]) -> String {
        guard text.contains("$") else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let after = rest.index(after: dollar)
            if after < rest.endIndex, rest[after] == "$" {
                result += "$"
                rest = rest[rest.index(after: after)...]
            } else if after < rest.endIndex, rest[after] == "(", let close = rest[after...].firstIndex(of: ")") {
                let name = String(rest[rest.index(after: after)..<close])
                result += environment[name] ?? "$(\(name))"
                rest = rest[rest.index(after: close)...]
            } else {
                result += "$"
                rest = rest[after...]
            }
        }
        return result + rest
    }

    /// The container's variables, later ones made of earlier ones, behind those that every container has.
    static func environment(_ container: Container, pod: Pod, node: String) -> [String] {
        var values = ["PATH": searchPath, "HOSTNAME": PodFiles.hostname(pod)]
        var order = ["PATH", "HOSTNAME"]
        for (name, value) in [("LAB_POD", pod.name), ("LAB_NODE", node), ("LAB_NAMESPACE", pod.namespace)] {
            values[name] = value
            order.append(name)
        }
        for variable in container.env {
            if values[variable.name] == nil { order.append(variable.name) }
            values[variable.name] = expand(variable.value, values)
        }
        return order.map { "\($0)=\(values[$0] ?? "")" }
    }
}
