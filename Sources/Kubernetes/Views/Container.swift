// SPDX-License-Identifier: Apache-2.0

public import Net

/// One entry of `env`: a variable whose value is written out.
public struct EnvironmentVariable: Sendable, Hashable {
    /// The variable's name.
    public let name: String
    /// Its value, before `$(NAME)` is replaced.
    public let value: String

    /// Puts one together from its parts.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// One entry of `ports` of a container.
public struct ContainerPort: Sendable, Hashable {
    /// The port's name; empty if it has none.
    public let name: String
    /// The protocol.
    public let transport: TransportProtocol
    /// The number that the container listens on.
    public let containerPort: UInt16
    /// The port of the node that leads to the container's; nil if there is none.
    public let hostPort: UInt16?
    /// `hostIP`: the node's address at which `hostPort` is; empty for all of them.
    public let hostAddress: String

    init(_ value: Value) {
        name = value["name"]?.string ?? ""
        transport = value["protocol"]?.string.flatMap(TransportProtocol.init(name:)) ?? .tcp
        containerPort = value["containerPort"]?.port ?? 0
        hostPort = value["hostPort"]?.port
        hostAddress = value["hostIP"]?.string ?? ""
    }
}

/// What is done after a container starts or before it is stopped. The corresponding Go type is `LifecycleHandler`.
public enum LifecycleHandler: Sendable, Hashable {
    case exec([String])
    /// Waits for so many seconds.
    case sleep(Int)
    case httpGet(HTTPGet)
    case tcpSocket(port: PortReference, host: String)

    init?(_ value: Value?) {
        guard let value else { return nil }
        if let exec = value["exec"] {
            self = .exec(exec["command"]?.elements.compactMap(\.string) ?? [])
        } else if let sleep = value["sleep"] {
            self = .sleep((sleep["seconds"]?.int ?? 0).boundedSeconds)
        } else if let request = value["httpGet"], let get = HTTPGet(request) {
            self = .httpGet(get)
        } else if let socket = value["tcpSocket"], let port = PortReference(socket["port"]) {
            self = .tcpSocket(port: port, host: socket["host"]?.string ?? "")
        } else {
            return nil
        }
    }
}

/// A reading of one container of a Pod.
public struct Container: Sendable, Hashable {
    /// The container as it stands in the Pod.
    public let value: Value
    /// True for an entry of `spec.initContainers`.
    public let isInit: Bool

    /// Reads one entry of `spec.containers` or `spec.initContainers`.
    public init(_ value: Value, isInit: Bool = false) {
        self.value = value
        self.isInit = isInit
    }

    /// The container's name.
    public var name: String { value["name"]?.string ?? "" }
    /// `image`; empty if there is none.
    public var image: String { value["image"]?.string ?? "" }
    /// `command`: the program and its first arguments; empty if the image is to say.
    public var command: [String] { value["command"]?.elements.compactMap(\.string) ?? [] }
    /// `args`: further arguments.
    public var args: [String] { value["args"]?.elements.compactMap(\.string) ?? [] }

    /// The variables of `env` whose value is written out, in order; those with `valueFrom` are not among them.
    public var env: [EnvironmentVariable] {
        (value["env"]?.elements ?? []).compactMap { entry in
            guard let name = entry["name"]?.string, entry["valueFrom"] == nil else { return nil }
            return EnvironmentVariable(name: name, value: entry["value"]?.string ?? "")
        }
    }

    /// The directory that the program starts in; nil if the image's own.
    public var workingDirectory: String? { value["workingDir"]?.string }
    /// `ports`.
    public var ports: [ContainerPort] { value["ports"]?.elements.map(ContainerPort.init) ?? [] }
    /// `readinessProbe`.
    public var readinessProbe: Probe? { Probe(value["readinessProbe"]) }
    /// `livenessProbe`.
    public var livenessProbe: Probe? { Probe(value["livenessProbe"]) }
    /// `startupProbe`.
    public var startupProbe: Probe? { Probe(value["startupProbe"]) }
    /// `lifecycle.preStop`: what runs before SIGTERM.
    public var preStop: LifecycleHandler? { LifecycleHandler(value["lifecycle"]?["preStop"]) }
    /// `lifecycle.postStart`: what runs once the container has started.
    public var postStart: LifecycleHandler? { LifecycleHandler(value["lifecycle"]?["postStart"]) }
    /// True for a sidecar: an init container with `restartPolicy: Always`.
    public var isRestartableInit: Bool { isInit && value["restartPolicy"]?.string == "Always" }
    /// The corresponding field is `tty`.
    public var usesTTY: Bool { value["tty"]?.bool ?? false }
    /// `stdin`.
    public var stdin: Bool { value["stdin"]?.bool ?? false }
    /// True if its input ends with the first client that writes there, as for `kubectl run -i`. The corresponding field
    /// is `stdinOnce`.
    public var stdinOnce: Bool { value["stdinOnce"]?.bool ?? false }
}
