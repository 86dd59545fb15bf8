// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Net
import Testing

/// What a Pod's status says of its containers, as the kubelet would say it.
@Suite struct PodStatusTests {
    static let spec: Value = [
        "initContainers": [["name": "first", "image": "a"], ["name": "second", "image": "b"]],
        "containers": [["name": "web", "image": "c"]],
    ]

    private func status(_ life: PodLifecycle) throws -> Value {
        var object = life.pod.object
        object.generation = 3
        let address = try #require(Address("10.244.0.5"))
        life.write(to: &object, addresses: [address], nodeAddresses: [address], now: Timestamp(seconds: 0))
        return object.status
    }

    private func reasons(_ status: Value) -> [String?] {
        ["initContainerStatuses", "containerStatuses"].flatMap { status[$0]?.elements ?? [] }.map {
            $0["state"]?["waiting"]?["reason"]?.string
        }
    }

    @Test func `containers wait for PodInitializing where there are init containers, else for ContainerCreating`()
        throws
    {
        let initializing = PodLifecycle(PodLifecycleTests.pod(Self.spec))
        #expect(reasons(try status(initializing)) == ["PodInitializing", "PodInitializing", "PodInitializing"])
        let plain = PodLifecycle(PodLifecycleTests.pod(["containers": [["name": "web", "image": "c"]]]))
        #expect(reasons(try status(plain)) == ["ContainerCreating"])
    }

    @Test func `each run of a container has an identifier, which its end keeps`() throws {
        var (life, _) = PodLifecycleTests.running(["containers": [["name": "web", "image": "c"]]])
        let first = try #require(try status(life)["containerStatuses"]?.elements.first)
        #expect(first["containerID"]?.string?.hasSuffix("/web/1") == true)
        #expect(first["imageID"] == "lab://c")
        for code in 1...2 {
            _ = life.handle(.exited(container: 0, ContainerExit(code: code), at: Timestamp(seconds: 1)))
            for case .setTimer(let timer, _) in life.handle(.timer(.restart(container: 0, run: code))) {
                _ = life.handle(.timer(timer))
            }
            let ended = try #require(try status(life)["containerStatuses"]?.elements.first)
            let last = try #require(ended["lastState"]?["terminated"])
            #expect(last["exitCode"] == .int(Int64(code)))
            #expect(last["containerID"]?.string?.hasSuffix("/web/\(code)") == true)
            _ = life.handle(.started(container: 0, at: Timestamp(seconds: 2)))
        }
    }

    @Test func `the status says which generation of the Pod it is of`() throws {
        let (life, _) = PodLifecycleTests.running(["containers": [["name": "web", "image": "c"]]])
        #expect(try status(life)["observedGeneration"] == 3)
    }
}
