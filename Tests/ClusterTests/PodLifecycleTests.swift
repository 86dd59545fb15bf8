// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

/// The life of a Pod's containers, event by event, without a kernel.
struct PodLifecycleTests {
    static func pod(_ spec: Value) -> Pod {
        var object = Object(apiVersion: "v1", kind: "Pod", namespace: "default", name: "web")
        object.value["spec"] = spec
        return Pod(object)
    }

    static func running(_ spec: Value) -> (PodLifecycle, [PodEffect]) {
        var life = PodLifecycle(pod(spec))
        #expect(life.handle(.sandboxReady) == [.start(container: 0)])
        let effects = life.handle(.started(container: 0, at: Timestamp(seconds: 0)))
        return (life, effects)
    }

    static let probed: Value = [
        "containers": [
            [
                "name": "web", "image": "web",
                "readinessProbe": ["tcpSocket": ["port": 80], "periodSeconds": 1, "failureThreshold": 1],
            ]
        ]
    ]

    @Test func `a readiness probe repeats quickly until the first success, and those failures do not count`() {
        var (life, effects) = Self.running(Self.probed)
        #expect(effects == [.probe(container: 0, .readiness, run: 1)])
        var pauses: [Int] = []
        for _ in 0..<12 {
            effects = life.handle(.probed(container: 0, .readiness, run: 1, succeeded: false, "refused"))
            for case .setTimer(_, let milliseconds) in effects { pauses.append(milliseconds) }
            #expect(!life.containersAreReady)
        }
        #expect(Array(pauses.prefix(7)) == [4, 8, 16, 32, 64, 128, 256], "they double within the first period")
        #expect(pauses.dropFirst(7).allSatisfy { $0 == 1000 }, "then the period counts")
        _ = life.handle(.probed(container: 0, .readiness, run: 1, succeeded: true, ""))
        #expect(life.containersAreReady)
        let unready = life.handle(.probed(container: 0, .readiness, run: 1, succeeded: false, "refused"))
        #expect(!life.containersAreReady, "after a success each failure counts")
        #expect(unready.contains(.setTimer(.probe(container: 0, .readiness, run: 1), milliseconds: 1000)))
    }

    @Test func `an answer to a probe of an earlier run is ignored`() {
        var (life, _) = Self.running(Self.probed)
        _ = life.handle(.exited(container: 0, ContainerExit(code: 1), at: Timestamp(seconds: 1)))
        #expect(life.handle(.probed(container: 0, .readiness, run: 1, succeeded: true, "")).isEmpty)
        #expect(!life.containersAreReady)
    }

    @Test func `a container that fails is restarted at once, then after 10 s, then after 20 s`() {
        var (life, _) = Self.running(["containers": [["name": "web", "image": "web"]]])
        var pauses: [Int] = []
        for run in 1...3 {
            let effects = life.handle(.exited(container: 0, ContainerExit(code: 1), at: Timestamp(seconds: 1)))
            if effects.contains(.start(container: 0)) {
                pauses.append(0)
            } else {
                for case .setTimer(let timer, let milliseconds) in effects {
                    pauses.append(milliseconds)
                    #expect(life.handle(.timer(timer)) == [.start(container: 0)])
                }
            }
            _ = life.handle(.started(container: 0, at: Timestamp(seconds: 1)))
            #expect(life.containers[0].restartCount == run)
        }
        #expect(pauses == [0, 10_000, 20_000])
    }

    @Test func `a Pod that is stopped runs its hook, gets SIGTERM when that ends, and SIGKILL when its time is over`() {
        var (life, _) = Self.running([
            "containers": [
                ["name": "web", "image": "web", "lifecycle": ["preStop": ["sleep": ["seconds": 2]]]]
            ]
        ])
        let effects = life.handle(.stop(graceSeconds: 5))
        #expect(
            effects == [
                .setTimer(.grace(container: 0, run: 1), milliseconds: 5000),
                .runHook(container: 0, .sleep(2), run: 1, isPreStop: true),
            ])
        #expect(life.handle(.hookEnded(container: 0, run: 1)) == [.terminate(container: 0)])
        #expect(life.handle(.timer(.grace(container: 0, run: 1))) == [.kill(container: 0)])
        #expect(
            life.handle(.exited(container: 0, ContainerExit(code: 0, signal: 9), at: Timestamp(seconds: 9)))
                == [.finished])
    }

    @Test func `a Pod that is stopped while it starts keeps its grace period`() {
        var life = PodLifecycle(Self.pod(["containers": [["name": "web", "image": "web"]]]))
        _ = life.handle(.sandboxReady)
        #expect(life.handle(.stop(graceSeconds: 7)).isEmpty, "its process is not there yet")
        #expect(
            life.handle(.started(container: 0, at: Timestamp(seconds: 0))) == [
                .setTimer(.grace(container: 0, run: 1), milliseconds: 7000), .terminate(container: 0),
            ])
    }

    @Test func `a sandbox that cannot be made is tried again`() {
        var life = PodLifecycle(Self.pod(["containers": [["name": "web", "image": "web"]]]))
        let effects = life.handle(.sandboxFailed("ENOSPC"))
        #expect(effects.contains(.setTimer(.sandbox, milliseconds: 2000)))
        #expect(life.handle(.timer(.sandbox)) == [.makeSandbox])
        #expect(life.handle(.sandboxReady) == [.start(container: 0)])
    }

    @Test func `init containers run one after another before the others, a sidecar on beside them`() {
        var life = PodLifecycle(
            Self.pod([
                "initContainers": [
                    ["name": "first", "image": "x"], ["name": "side", "image": "x", "restartPolicy": "Always"],
                ],
                "containers": [["name": "web", "image": "web"]],
            ]))
        let now = Timestamp(seconds: 0)
        #expect(life.handle(.sandboxReady) == [.start(container: 0)])
        _ = life.handle(.started(container: 0, at: now))
        #expect(life.handle(.exited(container: 0, ContainerExit(code: 0), at: now)) == [.start(container: 1)])
        #expect(!life.isInitialized)
        #expect(life.handle(.started(container: 1, at: now)) == [.start(container: 2)])
        _ = life.handle(.started(container: 2, at: now))
        #expect(life.isInitialized && life.containersAreReady)
        #expect(life.phase == .running)
    }

    @Test func `the longest grace period that Kubernetes allows overflows nothing`() {
        let longest = Value.int(.max)
        var (life, _) = Self.running([
            "terminationGracePeriodSeconds": longest,
            "containers": [
                ["name": "web", "image": "web", "lifecycle": ["preStop": ["sleep": ["seconds": longest]]]]
            ],
        ])
        #expect(!life.handle(.stop(graceSeconds: life.pod.terminationGracePeriodSeconds)).isEmpty)
    }
}
