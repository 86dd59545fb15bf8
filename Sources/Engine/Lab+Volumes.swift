// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux

/// Which Pods' volumes are made of an object, so that they follow it.
struct VolumeUsers {
    private var users: [ObjectKey: Set<ObjectKey>] = [:]
    private var objects: [ObjectKey: Set<ObjectKey>] = [:]

    /// The Pods that use an object.
    subscript(_ object: ObjectKey) -> Set<ObjectKey> { users[object] ?? [] }

    mutating func add(_ pod: ObjectKey, _ used: Set<ObjectKey>) {
        remove(pod)
        guard !used.isEmpty else { return }
        objects[pod] = used
        for object in used { users[object, default: []].insert(pod) }
    }

    mutating func remove(_ pod: ObjectKey) {
        for object in objects.removeValue(forKey: pod) ?? [] {
            users[object]?.remove(pod)
            if users[object]?.isEmpty == true { users[object] = nil }
        }
    }
}

extension Lab {
    /// What a Pod's variables and volumes are made of now.
    func sources(_ running: RunningPod) -> PodSources {
        PodSources(
            cluster.store[running.assignment.key].map(Pod.init) ?? running.lifecycle.pod,
            addresses: running.assignment.addresses, nodeAddresses: running.nodeAddresses, cluster.store)
    }

    /// Finds out what the Pod's volumes hold; nil, and told to the Pod, while an object is missing.
    func volumes(_ running: RunningPod) -> [PodVolume]? {
        let sources = sources(running)
        let key = running.assignment.key
        do throws(PodSources.Missing) {
            let volumes = try sources.volumes()
            pods[key]?.volumes = volumes
            volumeUsers.add(key, sources.volumeObjects)
            return volumes
        } catch {
            kernel.inbox.post(.pod(key, uid: running.uid, .volumesFailed(error.description)))
            return nil
        }
    }

    /// The variables of a container; nil, and told to the Pod, while an object is missing.
    func variables(_ index: Int, _ running: RunningPod) -> Environment? {
        let container = running.lifecycle.containers[index].container
        let node = running.assignment.node.text
        do throws(PodSources.Missing) {
            return try sources(running).environment(
                of: container,
                after: ContainerProgram.firstVariables(
                    running.lifecycle.pod, node: node, kernel.runner.resolver))
        } catch {
            kernel.inbox.post(
                .pod(
                    running.assignment.key, uid: running.uid,
                    .configurationFailed(container: index, error.description)))
            return nil
        }
    }

    /// Makes tokens of a Pod's ServiceAccount. They are good as long as the account: nobody has to renew them.
    func token(_ pod: Pod) -> @Sendable () -> String {
        let keeper = kernel.runner.tokens
        let account = cluster.store[ObjectKey("ServiceAccount", pod.namespace, pod.serviceAccountName)]
        let claims = TokenKeeper.Claims(
            namespace: pod.namespace, name: pod.serviceAccountName, uid: account?.uid ?? "", issued: .now(),
            expires: nil)
        return { keeper.issue(claims) ?? "" }
    }

    /// Lets volumes follow the objects that were written to.
    func refreshVolumes(_ events: [StoreEvent]) {
        for event in events where event.kind != .deleted {
            for key in volumeUsers[event.key] { refreshVolumes(of: key) }
        }
    }

    private func refreshVolumes(of key: ObjectKey) {
        guard let running = pods[key], let volumes = try? sources(running).volumes() else { return }
        let changed = volumes.filter { volume in
            guard case .files = volume.source else { return false }
            return !running.volumes.contains(volume)
        }
        guard !changed.isEmpty else { return }
        pods[key]?.volumes = volumes
        let kernel = kernel
        let revision = cluster.store.revision
        let token = token(running.lifecycle.pod)
        kernel.workers.submit {
            do throws(KernelError) { try kernel.runner.refresh(key, changed, at: revision, token: token) } catch {
                kernel.inbox.post(.note("\(key): \(error)"))
            }
        }
    }
}
