// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What the lab's actor knows of its nodes' health endpoints.
struct HealthState {
    let board: HealthBoard
    let servers: HealthServers
    /// False until the lab is ready: nobody asks before.
    var isServing = false
    /// The Services with a health check.
    var services: Set<ObjectKey> = []
    /// The ports at which the nodes listen by now.
    var servedPorts: Set<UInt16> = []
    /// True while the load balancer asks its nodes now and then.
    var isProbing = false
}
