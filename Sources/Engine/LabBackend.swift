// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Net
internal import Server

/// The lab as the API server sees it.
struct LabBackend: Backend {
    let lab: Lab
    let access: APIAccess

    func user(ofToken token: String) async -> User? {
        guard let user = access.user(ofToken: token, now: .now()) else { return nil }
        return user == .admin ? user : await lab.living(user)
    }

    func respond(to request: Request) async -> Response {
        let response = await lab.respond(to: request)
        // Who may read the figures has them read anew.
        if request.path == "/metrics", case .answer(let answer) = response, answer.status == 200 {
            await lab.readMetrics()
            return await lab.respond(to: request)
        }
        // What a client was told of is so, whatever becomes of this program.
        if request.method != .get { lab.kernel.state.write() }
        return response
    }

    func open(_ watch: Watch, _ sink: @escaping @Sendable ([UInt8]?) -> Void) async -> WatchHandle {
        WatchHandle(await lab.open(watch, sink))
    }

    func close(_ watch: WatchHandle) async { await lab.close(watch: watch.number) }

    func session(_ connection: API.Connection) async throws -> any Session { try await lab.session(connection) }

    func log(_ connection: API.Connection) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        try await lab.log(connection)
    }

    func dial(_ key: ObjectKey, port: UInt16) async throws -> Int32 {
        let (namespace, address) = try await lab.place(toDial: key)
        let callers = lab.kernel.callers
        return try await withCheckedThrowingContinuation { continuation in
            callers.submit {
                continuation.resume(with: Result { try LabBackend.connect(namespace, address, port) })
            }
        }
    }

    private static func connect(_ namespace: NetworkNamespace, _ address: Address, _ port: UInt16) throws -> Int32 {
        do throws(KernelError) {
            return try namespace.enter { () throws(KernelError) in
                // As the kubelet does: the loopback first, for programs that listen there alone.
                let loopback = SocketAddress(Address(127, 0, 0, 1), port)
                if let socket = try? TCPSocket.connect(loopback, milliseconds: 3000) { return socket.release() }
                return try TCPSocket.connect(SocketAddress(address, port), milliseconds: 3000).release()
            }
        } catch {
            let sentence = error.errno.sentence.prefix(1).lowercased() + error.errno.sentence.dropFirst()
            throw LabError("dial tcp \(SocketAddress(address, port)): connect: \(sentence)")
        }
    }
}
