// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What a step does.
public enum Action: Sendable, Equatable {
    /// `apply`: creates or changes objects.
    case apply(Apply)
    /// `patch`.
    case patch(Patch)
    /// `label`: sets and removes labels.
    case label(Label)
    /// `scale`.
    case scale(Scale)
    /// `delete`.
    case delete(Delete)
    /// `rollout`.
    case rollout(Rollout)
    /// `exec`: runs a program somewhere in the lab.
    case exec(Exec)
    /// `wait`: until an object is as it should be.
    case wait(Wait)
    /// `request`: HTTP requests, whose replies are checked.
    case request(WebRequest)
    /// `udp`: datagrams, whose replies are checked.
    case udp(Datagrams)
    /// `dns`: questions to name servers.
    case dns(Lookup)
    /// `background`: traffic that goes on during the steps that follow.
    case background(Background)
    /// `stop`: ends background traffic of this name.
    case stop(String)
    /// `sleep`.
    case sleep(Duration)
    /// `kill`: a signal to the processes of Pods.
    case kill(Kill)
    /// `freeze`: stops Pods' processes, or a whole node's, as SIGSTOP does.
    case freeze(FaultTarget)
    /// `thaw`: lets them go on.
    case thaw(FaultTarget)
    /// `node`: takes a node off the network, or back.
    case node(NodeState)
    /// `link`: cuts, delays or loses what passes a link.
    case link(Link)
    /// `flush`: removes the Service rules of this node.
    case flush(node: String)
    /// `proxy`: stops or starts the programming of a node's rules.
    case proxy(Proxy)
    /// `nameServer`: stops or starts the lab's name servers.
    case nameServer(NameServer)
    /// `conntrack`: fills a node's table of connections.
    case conntrack(Conntrack)
    /// `daemon`: ends the lab's daemon, which then adopts the lab.
    case daemon(DaemonEnd)
    /// `set`: another proxy mode.
    case set(LabConfiguration.ProxyMode)
}
