// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Kubernetes
internal import Linux

extension Lab {
    /// The log of a container, as a client wants it; refused, with the kubelet's words, while there is none.
    func log(_ connection: API.Connection) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        guard case .log(let options) = connection.purpose else {
            throw Status(.badRequest, "the request is not for a log")
        }
        let containers = pods[connection.key]?.lifecycle.containers ?? []
        let state =
            connection.container.isEmpty
            ? containers.first { !$0.container.isInit }
            : containers.first { $0.container.name == connection.container }
        let name = state?.container.name ?? connection.container
        guard let streams = kernel.runner.streams[connection.key, name] else {
            throw Status(
                .badRequest,
                "container \"\(name)\" in pod \"\(connection.key.name)\" is waiting to start: ContainerCreating")
        }
        guard options.previous else { return LogReader(streams.log, options).pieces }
        guard let previous = streams.previous else {
            throw Status(
                .badRequest, "previous terminated container \"\(name)\" in pod \"\(connection.key.name)\" not found")
        }
        return LogReader(previous, options).pieces
    }
}
