// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Net

/// Requests that go on to an HTTP server in a Pod, behind a Service, or on a node.
extension KubernetesAPI {
    /// `…/pods/[SCHEME:]NAME[:PORT]/proxy/PATH`.
    func podProxy(_ call: Call, _ store: Store) throws(Status) -> Response {
        let target = try ProxyName(call.info.name, "pod")
        let key = ObjectKey("Pod", call.namespace, target.name)
        guard let pod = store[key].map(Pod.init) else { throw .notFound(call.resource, target.name) }
        let first = pod.containers.lazy.flatMap(\.ports).first?.containerPort
        guard let port = target.port.isEmpty ? first ?? 80 : UInt16(target.port), port > 0 else {
            throw Status(.badRequest, "invalid pod request \"\(call.info.name)\"")
        }
        guard pod.address != nil else { throw Status(.badRequest, "address not allowed") }
        return try call.forwarded(to: key, port, isTLS: target.isTLS)
    }

    /// `…/services/[SCHEME:]NAME[:PORT]/proxy/PATH`: to any ready endpoint.
    func serviceProxy(_ call: Call, _ store: Store) throws(Status) -> Response {
        let target = try ProxyName(call.info.name, "service")
        let key = ObjectKey("Service", call.namespace, target.name)
        guard let service = store[key].map(Service.init) else { throw .notFound(call.resource, target.name) }
        var name = target.port
        if let number = Int(name) {
            guard let port = service.ports.first(where: { Int($0.port) == number }) else {
                throw Status(
                    .serviceUnavailable, "no service port \(number) found for service \"\(target.name)\"")
            }
            name = port.name
        } else if name.isEmpty, service.ports.count == 1 {
            name = service.ports[0].name
        }
        let endpoints = readyEndpoints(service, port: name, store)
        guard !endpoints.isEmpty else {
            throw Status(.serviceUnavailable, "no endpoints available for service \"\(target.name)\"")
        }
        // Which one is left to chance; the Store's revision and the time are chance enough, and can be replayed.
        let draw = UInt64(truncatingIfNeeded: call.now.milliseconds) &+ store.revision &+ UInt64(call.now.nanoseconds)
        let (pod, port) = endpoints[Int(draw % UInt64(endpoints.count))]
        return try call.forwarded(to: pod, port, isTLS: target.isTLS)
    }

    private func readyEndpoints(_ service: Service, port name: String, _ store: Store) -> [(ObjectKey, UInt16)] {
        store.objects("EndpointSlice", namespace: service.namespace).map(EndpointSlice.init)
            .filter { $0.serviceName == service.name }
            .flatMap { slice in
                let port = slice.ports.first { $0.name == name && $0.transport == .tcp }?.port
                return slice.endpoints.compactMap { endpoint -> (ObjectKey, UInt16)? in
                    guard endpoint.isReady, let pod = endpoint.targetPod, let port else { return nil }
                    return (ObjectKey("Pod", service.namespace, pod), port)
                }
            }
    }

    /// `…/nodes/[SCHEME:]NAME[:PORT]/proxy/PATH`: a port of the node, or the little that a kubelet would answer.
    func nodeProxy(_ call: Call, _ store: Store) throws(Status) -> Response {
        let target = try ProxyName(call.info.name, "node")
        let key = ObjectKey("Node", "", target.name)
        guard store[key] != nil else { throw .notFound(call.resource, target.name) }
        guard target.port.isEmpty || target.port == "10250" else {
            guard let port = UInt16(target.port), port > 0 else {
                throw Status(.badRequest, "invalid node request \"\(call.info.name)\"")
            }
            return try call.forwarded(to: key, port, isTLS: target.isTLS)
        }
        switch call.info.rest {
        case "/healthz": return .answer(Answer(200, text: "ok"))
        case "/pods":
            let pods = store.objects("Pod").filter { Pod($0).nodeName == target.name }
            let list: Value = [
                "kind": "PodList", "apiVersion": "v1", "metadata": .object([:]), "items": .array(pods.map(\.value)),
            ]
            return .answer(Answer(200, list))
        default: throw .nothingThere
        }
    }
}

extension Call {
    /// The request, on its way to a port; without a slash after `proxy` the client is sent there first.
    fileprivate func forwarded(to key: ObjectKey, _ port: UInt16, isTLS: Bool) throws(Status) -> Response {
        let prefix = String(request.path.dropLast(info.rest.utf8.count))
        if info.rest.isEmpty, request.method == .get || request.method == .head {
            return .answer(Self.redirect(to: request.path + "/" + request.queryText))
        }
        var proxy = Connection.Proxy()
        proxy.isTLS = isTLS
        proxy.port = port
        proxy.target = (info.rest.isEmpty ? "/" : info.rest) + request.queryText
        proxy.prefix = prefix
        return .connect(Connection(key, .proxy(proxy)))
    }

    private static func redirect(to location: String) -> Answer {
        var answer = Answer(301, text: "")
        answer.headers["Location"] = location
        return answer
    }
}

extension Request {
    /// The query as it stands in a URL, with its question mark; empty if there is none.
    fileprivate var queryText: String {
        guard !query.isEmpty else { return "" }
        return "?"
            + query.map { parameter in
                let name = Self.encoded(parameter.name)
                return parameter.value.isEmpty ? name : "\(name)=\(Self.encoded(parameter.value))"
            }.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}
