// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Linux

/// Name servers that do not answer though their Pods run.
extension Lab {
    /// Closes a name server's sockets, or opens them again.
    func setNameServer(_ key: ObjectKey, isRunning: Bool) {
        guard let running = pods[key] else { return }
        let target = FaultTarget.pod(key, uid: running.uid)
        let known = faults.inForce["nameServer/\(target.text)"]
        guard isRunning else {
            kernel.nameServers.silence(key)
            return begin(.nameServer, target)
        }
        guard kernel.nameServers.isSilent(key) || known != nil else { return }
        kernel.nameServers.unsilence(key)
        let kernel = kernel
        let assignment = running.assignment
        for (index, _) in running.processes {
            let container = running.lifecycle.containers[index].container
            guard ContainerProgram.answersNames(container) else { continue }
            kernel.workers.submit { _ = kernel.nameServers.open(assignment, container.name) }
        }
        if let known { forget(known) }
    }
}
