// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Pods as their programs and their users see them.
    @Suite
    struct PodTests {
        @Test func `a container is unprivileged, alone, and sees its own files`() throws {
            let lab = try LabUnderTest(deployment("web", replicas: 1))
            let pod = try #require(try lab.pods().first)
            let name = try #require(pod["name"] as? String)
            let address = try #require(pod["address"] as? String)
            #expect(try lab.exec(name, "hostname").lines == [name])
            #expect(try lab.exec(name, "id", "-u").lines == ["65534"])
            #expect(try lab.exec(name, "cat", "/etc/hosts").output.contains("\(address)\t\(name)"))
            #expect(try lab.exec(name, "cat", "/etc/resolv.conf").output.contains("search default.svc.cluster.local"))
            let status = try lab.exec(name, "cat", "/proc/1/status").output
            #expect(status.contains("CapBnd:\t0000000000000000") && status.contains("NoNewPrivs:\t1"))
            #expect(try lab.exec(name, "sh", "-c", "echo x > /etc/x").code != 0, "the file system is read-only")
            #expect(try lab.exec(name, "sh", "-c", "echo x > /tmp/x && cat /tmp/x").output == "x\n")
            #expect(!FileManager.default.fileExists(atPath: "/tmp/x"), "/tmp is the Pod's own")
            #expect(try lab.lab("logs", name).output.contains("GET /readyz"))
            #expect(try lab.exec(name, "sh", "-c", "exit 42").code == 42)
        }

        @Test func `what a container writes to its streams by their names is added to its log`() throws {
            let lab = try LabUnderTest(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: writer}
                spec:
                  restartPolicy: Never
                  containers:
                  - {name: c, image: busybox, command: [sh, -c, "echo one; echo two > /dev/stderr; echo three > /dev/stdout; echo four"]}
                  - {name: long, image: busybox, command: [sh, -c, "seq 30000"]}
                """, options: ["--no-wait"])
            try lab.eventually("the Pod completes") { try lab.pods().first?["status"] as? String == "Completed" }
            #expect(try lab.lab("logs", "writer", "-c", "c").output == "one\ntwo\nthree\nfour\n")
            #expect(try lab.lab("logs", "writer", "-c", "long").output == (1...30000).map { "\($0)\n" }.joined())
        }

        @Test func `the files of Pods are for root and their containers alone`() throws {
            let lab = try LabUnderTest(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: s}
                stringData: {password: hidden}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: keeper}
                spec:
                  volumes: [{name: s, secret: {secretName: s}}, {name: e, emptyDir: {}}]
                  containers:
                  - name: c
                    image: busybox
                    command: [sleep, infinity]
                    volumeMounts: [{name: s, mountPath: /s}, {name: e, mountPath: /e, subPath: deep/part}]
                """)
            #expect(try lab.exec("keeper", "cat", "/s/password").output == "hidden")
            #expect(try lab.exec("keeper", "sh", "-c", "echo mine > /e/file && cat /e/file").output == "mine\n")
            for folder in ["pods", "claims"] {
                let path = "/run/lab/\(lab.name)/\(folder)"
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o700, "\(path)")
            }
        }

        @Test func `HTTPS answers on ports named https, with the client's own address`() throws {
            let lab = try LabUnderTest(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: web}
                spec:
                  containers:
                  - {name: web, image: web, ports: [{containerPort: 80}, {containerPort: 8443, name: https}], readinessProbe: {tcpSocket: {port: https}}}
                """)
            let address = try #require(try lab.pods().first?["address"] as? String)
            try lab.eventually("TLS answers") {
                try lab.exec("host", "curl", "-ksS", "-m", "3", "https://\(address):8443/").output
                    == "Hello from Pod web!\n"
            }
            #expect(
                try lab.exec("host", "curl", "-ksS", "https://\(address):8443/clientip").output.hasPrefix(
                    "172.18.0.254:"))
            #expect(try lab.curl("http://\(address)/") == "Hello from Pod web!\n")
        }

        @Test func `a failing liveness probe restarts the container, and a command that ends completes the Pod`() throws
        {
            let lab = try LabUnderTest(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: sick}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - {name: web, image: web, ports: [{containerPort: 80}], livenessProbe: {exec: {command: [test, "!", -e, /tmp/ill]}, periodSeconds: 1, failureThreshold: 1}}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: job}
                spec: {restartPolicy: Never, containers: [{name: job, image: job, command: [sh, -c, "echo $(GREETING); exit 0"], env: [{name: GREETING, value: done}]}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: crash}
                spec: {restartPolicy: Never, containers: [{name: c, image: c, command: [sh, -c, "exit 3"]}]}
                """, options: ["--no-wait"])
            try lab.eventually("the job completes") {
                try lab.pods().contains { $0["name"] as? String == "job" && $0["status"] as? String == "Completed" }
            }
            try lab.eventually("the crash is told") {
                try lab.pods().contains { $0["name"] as? String == "crash" && $0["status"] as? String == "Error" }
            }
            try lab.eventually("the container runs") {
                try lab.pods().contains { $0["name"] as? String == "sick" && $0["ready"] as? Bool == true }
            }
            #expect(try lab.exec("sick", "touch", "/tmp/ill").code == 0)
            try lab.eventually("the container is restarted") {
                try lab.pods().contains { $0["name"] as? String == "sick" && ($0["restarts"] as? Int ?? 0) > 0 }
            }
        }

        @Test func `containers of a Pod share its network, host name and messages, and nothing else`() throws {
            let lab = try LabUnderTest(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: two}
                spec:
                  containers:
                  - {name: web, image: web, ports: [{containerPort: 80}]}
                  - {name: side, image: side, command: [sleep, "1000"]}
                """)
            func inside(_ container: String, _ command: String...) throws -> Ran {
                try LabProgram.run(["exec", "two", "-c", container, "--lab", lab.name, "--"] + command)
            }
            #expect(try inside("side", "curl", "-sS", "http://127.0.0.1/hostname").output.hasPrefix("two"))
            #expect(try inside("side", "hostname").lines == ["two"])
            for kind in ["net", "uts", "ipc"] {
                let links = try ["web", "side"].map { try inside($0, "readlink", "/proc/self/ns/\(kind)").output }
                #expect(links[0] == links[1] && !links[0].isEmpty, "\(kind)")
            }
            for kind in ["pid", "mnt"] {
                let links = try ["web", "side"].map { try inside($0, "readlink", "/proc/self/ns/\(kind)").output }
                #expect(links[0] != links[1], "\(kind)")
            }
        }

        @Test func `a rolling update loses no request, and scaling follows`() throws {
            let service = """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
                """
            let lab = try LabUnderTest(deployment("web", replicas: 3) + service)
            let address = try lab.clusterIP("web")
            let before = Set(try lab.pods().compactMap { $0["name"] as? String })
            let traffic = Thread {
                let answers = try? lab.answers("http://\(address)", count: 4000)
                #expect(answers?.values.reduce(0, +) == 4000)
            }
            traffic.start()
            let changed = deployment("web", replicas: 3).replacingOccurrences(of: "image: web", with: "image: web:2")
            let applied = try lab.lab("apply", "-f", "-", input: changed)
            #expect(applied.code == 0, "\(applied)")
            while !traffic.isFinished { usleep(10_000) }
            try lab.eventually("the old Pods are gone") { try lab.pods().count == 3 }
            #expect(before.isDisjoint(with: Set(try lab.pods().compactMap { $0["name"] as? String })))
            #expect(try lab.lab("scale", "deployment/web", "--replicas", "5").code == 0)
            try lab.eventually("five are ready") { try lab.pods().filter { $0["ready"] as? Bool == true }.count == 5 }
            #expect(try lab.answers("http://\(address)", count: 300).count == 5)
        }
    }
}
