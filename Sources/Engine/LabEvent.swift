// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux

/// What threads tell a lab's actor.
enum LabEvent: Sendable {
    /// Something happened to the Pod of a uid; events of an earlier Pod of the same name are stale.
    case pod(ObjectKey, uid: String, PodEvent)
    /// A container's program runs.
    case process(ObjectKey, uid: String, container: Int, ChildProcess)
    /// The Pod's namespace, link and processes are gone.
    case sandboxRemoved(ObjectKey, uid: String)
    /// The provisioning delay of a Service's load balancer is over.
    case loadBalancerReady(ObjectKey)
    /// The time of a command that waits is over.
    case waitedEnough(Int)
    /// Time to settle again.
    case wake
    /// Time to look whether someone changed the tables.
    case inspectTables
    /// Changes of rules were sent, in so many milliseconds; what was to come after them is to be done now.
    case rulesSent(ChainRound, AfterRules, milliseconds: Int)
    /// The rules that another daemon made were read; those of some namespaces are not the plan's.
    case rulesRead(different: [NamespaceName])
    /// Time to send changes of rules that wait.
    case flushRules
    /// Time to serve the nodes' health ports, if they are not served yet.
    case beginHealth
    /// The nodes listen at these health ports.
    case healthServed(Set<UInt16>)
    /// A node's health port could not be opened; nil for the ports that each node has.
    case healthUnserved(NamespaceName, HealthCheck?, String)
    /// Time for the load balancer to ask its nodes.
    case probeNodes
    /// What came of one question of the load balancer's.
    case loadBalancerProbed(LoadBalancerProbe, succeeded: Bool, isLast: Bool)
    /// Time to tell the watches how far the Store has come.
    case sendBookmarks
    /// The responder of a system beyond the edge has ended, and how.
    case outsideEnded(String, String)
    /// Time to start it again.
    case startOutside(String)
    /// A table of connections was filled up again.
    case toppedUp
    /// The lab's state cannot be kept, and why; nil when it can again.
    case stateKept(problem: String?)
    /// Time to forget those who have not asked for counters any more.
    case expireWatchers
    /// Something to write into the log.
    case note(String)
}
