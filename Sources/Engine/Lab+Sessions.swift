// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Server

extension Lab {
    /// Starts a command in a container for a client, or joins the streams of the container's own process.
    ///
    /// A command that cannot be started is a session that says why; a container that does not run is refused.
    func session(_ connection: API.Connection) async throws -> any Session {
        let (running, index) = try container(connection)
        switch connection.purpose {
        case .exec(let command, let streams):
            guard let process = running.processes[index] else { throw Lab.notFound(connection.container) }
            return try await exec(command, streams, running, index, process)
        case .attach(let streams): return try attach(streams, running, index)
        default: throw Status(.badRequest, "the request has no streams")
        }
    }

    /// The container that a connection names; without a name the Pod's first.
    private func container(_ connection: API.Connection) throws -> (RunningPod, Int) {
        guard let running = pods[connection.key] else {
            throw Status(.internalError, "unable to upgrade connection: pod does not exist")
        }
        let containers = running.lifecycle.containers
        let index =
            connection.container.isEmpty
            ? containers.firstIndex { !$0.container.isInit }
            : containers.firstIndex { $0.container.name == connection.container }
        guard let index else { throw Lab.notFound(connection.container) }
        return (running, index)
    }

    private static func notFound(_ container: String) -> Status {
        Status(.internalError, "unable to upgrade connection: container not found (\"\(container)\")")
    }

    /// Joins the streams of a container's process: what it writes from now on.
    ///
    /// A container with `stdinOnce` was made to be talked to, so that its first client gets all that it wrote, even when
    /// it was so quick that it has ended: `kubectl run -i` prints it every time.
    private func attach(
        _ wanted: API.Connection.Streams, _ running: RunningPod, _ index: Int
    ) throws -> any Session {
        let container = running.lifecycle.containers[index].container
        guard let streams = kernel.runner.streams[running.assignment.key, container.name],
            running.processes[index] != nil || container.stdinOnce
        else { throw Lab.notFound(container.name) }
        let isFirst = container.stdinOnce && streams.console?.takeFirst() ?? true
        let begin = isFirst ? streams.log.start : streams.log.size
        return try AttachSession(streams.log, from: begin, streams.console, wanted)
    }

    private func exec(
        _ command: [String], _ wanted: API.Connection.Streams, _ running: RunningPod, _ index: Int,
        _ process: ChildProcess
    ) async throws -> any Session {
        let kernel = kernel
        let key = running.assignment.key
        let container = running.lifecycle.containers[index].container
        return await withCheckedContinuation { continuation in
            kernel.workers.submit {
                do throws(KernelError) {
                    let streams = try SessionStreams(wanted, user: ProcessOptions.Privileges.unprivileged.user)
                    let child = try kernel.runner.exec(
                        command, in: process, container, of: key, streams: streams.theirs)
                    do throws(KernelError) {
                        continuation.resume(
                            returning: try ExecSession(child, streams, kernel.monitor, kernel.prober))
                    } catch {
                        try? child.signal(Program.kill)
                        throw error
                    }
                } catch {
                    continuation.resume(
                        returning: FailedSession(FailedSession.sentence(for: command.first ?? "", error)))
                }
            }
        }
    }
}
