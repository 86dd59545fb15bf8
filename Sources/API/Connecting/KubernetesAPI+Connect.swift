// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// What a running Pod, a Service or a node has to answer; nil for any other subresource.
    func connect(_ call: Call, _ cluster: Cluster) throws(Status) -> Response? {
        switch (call.resource.kind, call.info.subresource) {
        case ("Pod", "exec"): return try exec(call, cluster.store)
        case ("Pod", "attach"): return try attach(call, cluster.store)
        case ("Pod", "log"): return try log(call, cluster.store)
        case ("Pod", "portforward"): return try portForward(call, cluster.store)
        case ("Pod", "proxy"): return try podProxy(call, cluster.store)
        case ("Service", "proxy"): return try serviceProxy(call, cluster.store)
        case ("Node", "proxy"): return try nodeProxy(call, cluster.store)
        default: return nil
        }
    }

    private func exec(_ call: Call, _ store: Store) throws(Status) -> Response {
        try call.requireUpgrade()
        let pod = try call.runningPod(store)
        let container = try call.container(pod, among: pod.containers + pod.initContainers)
        let command = call.request.parameters("command")
        guard !command.isEmpty else { throw Status(.badRequest, "you must specify a command for the container") }
        return .connect(Connection(call.key, container: container, .exec(command: command, try call.streams())))
    }

    private func attach(_ call: Call, _ store: Store) throws(Status) -> Response {
        try call.requireUpgrade()
        let pod = try call.runningPod(store)
        let container = try call.container(pod, among: pod.containers + pod.initContainers)
        return .connect(Connection(call.key, container: container, .attach(try call.streams())))
    }

    private func portForward(_ call: Call, _ store: Store) throws(Status) -> Response {
        try call.requireUpgrade()
        let pod = try call.runningPod(store)
        guard pod.phase == .running else {
            throw Status(
                .badRequest,
                "unable to forward port because pod is not running. Current status=\(pod.phase.rawValue)")
        }
        var ports: [UInt16] = []
        for text in call.request.parameters("ports").flatMap({ $0.split(separator: ",") }) {
            guard let port = UInt16(text), port > 0 else {
                throw Status(.badRequest, "query parameter \"ports\" must be a port: \(text)")
            }
            ports.append(port)
        }
        return .connect(Connection(call.key, .portForward(ports: ports)))
    }
}

extension Call {
    /// `GET` and `POST` both begin a session, whose streams come after an upgrade of the connection.
    fileprivate func requireUpgrade() throws(Status) {
        guard info.verb == .get || info.verb == .create, request.method != .head else { throw .methodNotAllowed }
        let upgrade = request.headers["upgrade"]?.lowercased() ?? ""
        guard upgrade == "websocket" || upgrade.hasPrefix("spdy/") else {
            throw Status(.badRequest, "Upgrade request required", Status.Details())
        }
    }

    /// The Pod of the path, which must be on a node.
    func runningPod(_ store: Store) throws(Status) -> Pod {
        let pod = Pod(try object(store))
        guard pod.nodeName != nil else {
            throw Status(.badRequest, "pod \(info.name) does not have a host assigned")
        }
        try requireNode(of: pod, store)
        return pod
    }

    /// Whoever runs the Pod must be there. A real server, too, says that a Pod is missing when its node is.
    func requireNode(of pod: Pod, _ store: Store) throws(Status) {
        guard let node = pod.nodeName, store[ObjectKey("Node", "", node)] == nil else { return }
        throw .notFound(resource, node)
    }

    /// The container that the request means: the one it names, or the only one.
    func container(_ pod: Pod, among all: [Container]) throws(Status) -> String {
        let name = request.parameter("container") ?? ""
        let names = pod.containers.map(\.name)
        guard name.isEmpty else {
            guard all.contains(where: { $0.name == name }) else {
                throw Status(.badRequest, "container \(name) is not valid for pod \(pod.name)")
            }
            return name
        }
        guard names.count != 1 else { return names[0] }
        var text = "a container name must be specified for pod \(pod.name)"
        if !names.isEmpty { text += ", choose one of: [\(names.joined(separator: " "))]" }
        let initial = pod.initContainers.map(\.name)
        if !initial.isEmpty { text += " or one of the init containers: [\(initial.joined(separator: " "))]" }
        throw Status(.badRequest, text)
    }

    fileprivate func streams() throws(Status) -> Connection.Streams {
        var streams = Connection.Streams()
        streams.input = request.flag("stdin")
        streams.output = request.flag("stdout")
        streams.errors = request.flag("stderr")
        streams.terminal = request.flag("tty")
        guard streams.input || streams.output || streams.errors else {
            throw Status(.badRequest, "you must specify at least 1 of stdin, stdout, stderr")
        }
        // On a terminal both are one.
        if streams.terminal { streams.errors = false }
        return streams
    }
}
