// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
internal import Net

extension Cluster {
    /// The cluster that a story tells of, at rest: its objects and where its Pods stand are the story's, and the plan is made of
    /// them again. The numbers that stand for Services in the tables are other ones.
    public init(_ configuration: Configuration, at state: StoryState, now: Timestamp) {
        var changes: [StateChange] = [StateChange(StateChange.revision, .int(Int64(clamping: state.revision)))]
        for (key, value) in state.objects where key.kind != "Event" {
            changes.append(StateChange(StateChange.name(StateChange.object, key), value))
            if key.kind == "Pod", let place = Cluster.place(Pod(Object(value))) {
                changes.append(StateChange(StateChange.name(StateChange.place, key), place))
            }
            if key.kind == "Service" {
                let addresses = Service(Object(value)).loadBalancerIngress.compactMap(\.address)
                let list = addresses.map { Value.string($0.description) }
                changes.append(StateChange(StateChange.name(StateChange.balancer, key), .array(list)))
            }
        }
        var image = StateImage()
        _ = image.record(changes)
        self.init(configuration, restoring: image, seed: 1, now: now)
        _ = settle(now: now)
    }

    /// Where a Pod stands, by its own status; nil for one that stands nowhere yet, or not any more.
    private static func place(_ pod: Pod) -> Value? {
        guard let node = pod.nodeName, !pod.addresses.isEmpty, ![.succeeded, .failed].contains(pod.phase) else {
            return nil
        }
        let isHosts = pod.object.spec["hostNetwork"]?.bool ?? false
        return [
            "pod": .string(pod.object.uid), "node": .string(node),
            "addresses": .array(pod.addresses.map { .string($0.description) }), "own": .bool(!isHosts),
        ]
    }
}
