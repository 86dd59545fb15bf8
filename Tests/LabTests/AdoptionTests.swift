// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

extension LabSuites {
    /// A lab outlives its daemon: the next command finds all as it was.
    @Suite
    struct AdoptionTests {
        static let manifest =
            LifeTests.small + "\n" + """
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: tool, labels: {app: tool}}
                spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: busybox, command: [sh, -c, "while true; do date; sleep 0.1; done"]}, {name: side, image: web}]}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: words}
                data: {word: one}
                """

        /// Kills the daemon, and waits until it is gone.
        static func killDaemon(of lab: LabUnderTest) throws {
            let pid = try daemon(of: lab)
            kill(pid, SIGKILL)
            for _ in 0..<1000 where FileManager.default.fileExists(atPath: "/proc/\(pid)/exe") { usleep(1000) }
        }

        static func daemon(of lab: LabUnderTest) throws -> pid_t {
            let json = try run("cat", ["/run/lab/\(lab.name)/lab.json"]).json as? [String: Any]
            return pid_t(try #require(json?["daemon"] as? Int))
        }

        /// All objects but Events, as the API has them.
        static func objects(of lab: LabUnderTest) throws -> String {
            try lab.kubectlText(
                "get",
                "all,nodes,namespaces,configmaps,serviceaccounts,endpoints,endpointslices,ipaddresses,servicecidrs,secrets",
                "-A", "-o", "yaml")
        }

        /// The first processes of all containers, with their marks.
        static func processes(of lab: LabUnderTest) throws -> [String] {
            try run(
                "sh",
                [
                    "-c",
                    "cat /sys/fs/cgroup/lab-\(lab.name)/pods/cgroup.procs /sys/fs/cgroup/unified/lab-\(lab.name)/pods/cgroup.procs 2>/dev/null | sort -n",
                ]
            ).lines
        }

        @Test(.enabled(if: LabProgram.hasKubectl))
        func `after kill -9 the next command finds objects, processes and rules as they were`()
            throws
        {
            let lab = try LabUnderTest(Self.manifest)
            let (before, processes) = (try Self.objects(of: lab), try Self.processes(of: lab))
            let config = try String(contentsOfFile: "/run/lab/\(lab.name)/kubeconfig", encoding: .utf8)
            try Self.killDaemon(of: lab)
            let status = try lab.lab("status")
            #expect(status.code == 0 && status.errors.contains("the lab's daemon was gone: adopted in"), "\(status)")
            #expect(try lab.lab("status").errors.isEmpty, "once is enough")
            #expect(try Self.objects(of: lab) == before)
            // What the loop of `tool` starts comes and goes.
            #expect(Set(processes).subtracting(try Self.processes(of: lab)).count <= 1)
            #expect(try String(contentsOfFile: "/run/lab/\(lab.name)/kubeconfig", encoding: .utf8) == config)
            let observed = try #require(try lab.lab("observe").json as? [String: Any])
            #expect(observed["differences"] as? Int == 0, "\(observed)")
            #expect(try lab.answers("http://203.0.113.1", count: 40).count == 2)
            #expect(try lab.kubectlText("get", "events", "-n", "default").contains("LabAdopted"))
        }

        @Test(.enabled(if: LabProgram.hasKubectl))
        func `an adopted lab goes on: probes, restarts, logs, names, volumes, exec, changes`()
            throws
        {
            let lab = try LabUnderTest(Self.manifest)
            try Self.killDaemon(of: lab)
            #expect(try LabProgram.run(["resume", lab.name]).code == 0)
            // A name is resolved by the Pods that answer for names.
            try lab.eventually("names are answered") {
                try lab.exec("tool", "getent", "hosts", "web.default.svc.cluster.local").code == 0
            }
            // A program that writes into a pipe still has a reader.
            let size = try lab.kubectlText("logs", "tool", "-c", "main").count
            try lab.eventually("the log grows") { try lab.kubectlText("logs", "tool", "-c", "main").count > size }
            #expect(try lab.kubectlText("exec", "tool", "-c", "side", "--", "echo", "hello") == "hello")
            // A container that dies is started again, and how it ended is known.
            #expect(try lab.exec("tool", "true").code == 0)
            let pid = try #require(
                try Self.processes(of: lab).first { pid in
                    let environment = (try? String(contentsOfFile: "/proc/\(pid)/environ", encoding: .utf8)) ?? ""
                    return environment.contains("/side/1") && environment.contains("LAB_POD=tool")
                })
            #expect(kill(pid_t(try #require(Int32(pid))), SIGKILL) == 0)
            try lab.eventually("the container is started again") {
                try lab.kubectlText(
                    "get", "pod", "tool", "-o", "jsonpath={.status.containerStatuses[?(@.name=='side')].restartCount}")
                    == "1"
            }
            // Controllers, the scheduler and the rules go on.
            #expect(try lab.lab("scale", "deployment/web", "--replicas", "4").code == 0)
            try lab.eventually("four Pods answer") { try lab.answers("http://203.0.113.1", count: 80).count == 4 }
            #expect(try lab.lab("observe").code == 0)
        }

        @Test(.enabled(if: LabProgram.hasKubectl))
        func `what ended while nobody watched is said to have, and is started again`() throws {
            let lab = try LabUnderTest(LifeTests.small)
            let pid = try #require(try Self.processes(of: lab).first)
            try Self.killDaemon(of: lab)
            #expect(kill(pid_t(try #require(Int32(pid))), SIGKILL) == 0)
            usleep(50_000)
            let resumed = try LabProgram.run(["resume", lab.name, "-o", "json"]).json as? [String: Any]
            #expect(resumed?["ended"] as? Int == 1, "\(String(describing: resumed))")
            try lab.eventually("it runs again") {
                try lab.kubectlText("get", "pods", "-A", "-o", "yaml").contains("ContainerStatusUnknown")
                    && lab.pods().allSatisfy { $0["status"] as? String == "Running" }
            }
        }

        @Test(.enabled(if: LabProgram.hasKubectl))
        func `a Pod that lost its namespace while nobody watched is made anew`() throws {
            let lab = try LabUnderTest(LifeTests.small)
            let name = try #require(try lab.pods()[0]["name"] as? String)
            try Self.killDaemon(of: lab)
            #expect(try run("ip", ["netns", "delete", "lab-\(lab.name)-default.\(name)"]).code == 0)
            #expect(try LabProgram.run(["resume", lab.name]).code == 0)
            try lab.eventually("both answer") { try lab.answers("http://203.0.113.1", count: 40).count == 2 }
            #expect(try lab.lab("observe").code == 0)
        }

        @Test(arguments: [0, 30, 80, 200]) func `pending work is finished, whenever the daemon is killed`(
            milliseconds: Int
        ) throws {
            let lab = try LabUnderTest(LifeTests.small)
            #expect(try lab.lab("scale", "deployment/web", "--replicas", "6").code == 0)
            usleep(UInt32(milliseconds) * 1000)
            try Self.killDaemon(of: lab)
            #expect(try LabProgram.run(["resume", lab.name]).code == 0)
            try lab.eventually("six Pods answer") {
                try lab.pods().count == 6 && lab.answers("http://203.0.113.1", count: 90).count == 6
            }
            #expect(try lab.lab("scale", "deployment/web", "--replicas", "1").code == 0)
            usleep(UInt32(milliseconds) * 1000)
            try Self.killDaemon(of: lab)
            #expect(try LabProgram.run(["resume", lab.name]).code == 0)
            try lab.eventually("one Pod is left, and nothing of the others") {
                let there = try run("ls", ["/run/netns"]).lines.filter { $0.hasPrefix("lab-\(lab.name)-default.web") }
                return try lab.pods().count == 1 && there.count == 1
            }
            #expect(try lab.lab("observe").code == 0)
        }

        /// Clients that keep their ports ask again and again; prints how many answers there were, and why others were not. Each asks
        /// twice, as a resolver does: an answer on its way in the moment in which its conversation is forgotten does not find back.
        private static let datagrams = """
            import select, socket, sys, time
            host, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
            clients = []
            for number in range(12):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.bind(("", 41000 + number)); s.settimeout(0.5); s.connect((host, port)); clients.append(s)
            end, answers = time.time() + seconds, 0
            while time.time() < end:
                for s in clients:
                    begun, missed = time.time(), []
                    while len(missed) < 2:
                        try:
                            s.send(b"hostname"); s.recv(99); answers += 1; break
                        except OSError as error: missed.append(str(error))
                    else: print(f"{begun:.3f} {s.getsockname()[1]}: {missed}", flush=True)
                time.sleep(0.01)
            print(answers, flush=True)
            """

        @Test(.enabled(if: LabProgram.hasKubectl), arguments: ["nftables", "iptables"])
        func `a daemon that is killed while Pods end leaves no UDP client with one that is gone`(
            _ mode: String
        ) throws {
            let lab = try LabUnderTest(
                """
                apiVersion: lab/v1
                kind: Lab
                spec: {proxyMode: \(mode), nodes: 2}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: names}
                spec:
                  replicas: 3
                  selector: {matchLabels: {app: names}}
                  template:
                    metadata: {labels: {app: names}}
                    spec:
                      terminationGracePeriodSeconds: 2
                      containers:
                      - name: names
                        image: registry.k8s.io/e2e-test-images/agnhost:2.53
                        args: [netexec, --udp-port=8081]
                        readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: names}
                spec: {clusterIP: 10.96.70.53, selector: {app: names}, ports: [{port: 53, targetPort: 8081, protocol: UDP}]}
                """)
            let told = Outcome()
            let client = Thread {
                told.set(
                    (try? lab.exec("host", "python3", "-c", Self.datagrams, "10.96.70.53", "53", "14"))?.output ?? "")
            }
            client.start()
            usleep(500_000)
            for milliseconds in [0, 30, 150, 600] {
                let name = try #require(try lab.pods("app", "names").first?["name"] as? String)
                #expect(try lab.kubectl("delete", "pod", name, "--wait=false").code == 0)
                usleep(UInt32(milliseconds) * 1000)
                try Self.killDaemon(of: lab)
                // Longer than a Pod serves on that was told to end.
                usleep(900_000)
                #expect(try LabProgram.run(["resume", lab.name]).code == 0)
                try lab.eventually("three Pods are ready, and the one that was deleted is gone") {
                    let pods = try lab.pods("app", "names")
                    return pods.count == 3
                        && pods.allSatisfy { $0["name"] as? String != name && $0["ready"] as? Bool == true }
                }
            }
            while !client.isFinished { usleep(10_000) }
            let lines = told.text.split(separator: "\n")
            #expect(lines.count == 1 && lines.last.flatMap { Int($0) } ?? 0 > 1000, "\(mode): \(lines.prefix(20))")
        }

        @Test(.enabled(if: LabProgram.hasKubectl))
        func `a Pod that was ending has the time that it was given, not more, from whoever takes the lab over`() throws
        {
            let lab = try LabUnderTest(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: stubborn}
                spec:
                  terminationGracePeriodSeconds: 6
                  containers: [{name: main, image: busybox, command: [sh, -c, "trap : TERM; while :; do sleep 0.1; done"]}]
                """)
            #expect(try lab.kubectl("delete", "pod", "stubborn", "--wait=false").code == 0)
            let deleted = Date()
            usleep(3_500_000)
            try Self.killDaemon(of: lab)
            #expect(try LabProgram.run(["resume", lab.name]).code == 0)
            #expect(try lab.pods().count == 1, "it has time left")
            while try !lab.pods().isEmpty, Date().timeIntervalSince(deleted) < 30 { usleep(50_000) }
            let seconds = Date().timeIntervalSince(deleted)
            // Six, to the next whole second; anew from the takeover they would be nine and a half.
            #expect(seconds > 5 && seconds < 9, "\(seconds)")
        }

        @Test func `two commands at once take a lab over once`() throws {
            let lab = try LabUnderTest(LifeTests.small)
            try Self.killDaemon(of: lab)
            let name = lab.name
            let both = try run(
                "sh",
                ["-c", "'\(LabProgram.path)' status --lab \(name) & '\(LabProgram.path)' status --lab \(name); wait"])
            #expect(both.errors.components(separatedBy: "adopted in").count == 2, "\(both)")
            let daemons = try run("sh", ["-c", "pgrep -c -f '^[^ ]*lab daemon$' || true"]).output
            #expect(Int(daemons.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 >= 1)
            #expect(try lab.status()["name"] as? String == name)
        }

        @Test func `state that cannot be written is said, and kept again as soon as it can`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let folder = "/run/lab/\(lab.name)"
            #expect(try run("mount", ["-o", "remount,size=64m", folder]).code == 0)
            #expect(try run("sh", ["-c", "head -c 100m /dev/zero > \(folder)/filler 2>/dev/null; true"]).code == 0)
            #expect(try lab.lab("label", "pod/tool", "full=yes").code == 0, "the lab goes on")
            try lab.eventually("it is said") {
                _ = try lab.lab("label", "pod/tool", "full=\(Int.random(in: 0..<1_000_000))")
                return try String(contentsOfFile: "\(folder)/daemon.log", encoding: .utf8).contains("cannot be kept")
                    || lab.kubectl("get", "events").output.contains("StateNotKept")
            }
            #expect(try run("rm", ["\(folder)/filler"]).code == 0)
            #expect(try run("mount", ["-o", "remount,size=2g", folder]).code == 0)
            #expect(try lab.lab("label", "pod/tool", "full=no").code == 0)
            try lab.eventually("it is kept again") {
                try String(contentsOfFile: "\(folder)/daemon.log", encoding: .utf8).contains("is kept again")
            }
            try Self.killDaemon(of: lab)
            let pods = try lab.pods("full", "no")
            #expect(pods.count == 1, "\(pods)")
        }

        @Test func `a name that someone takes from a namespace comes back, and an Event says so`() throws {
            let lab = try LabUnderTest(LifeTests.small)
            let name = try #require(try lab.pods()[0]["name"] as? String)
            #expect(try run("ip", ["netns", "delete", "lab-\(lab.name)-default.\(name)"]).code == 0)
            try lab.eventually("it is back") { try lab.exec(name, "true").code == 0 }
            try lab.eventually("it is said") {
                try String(contentsOfFile: "/run/lab/\(lab.name)/daemon.log", encoding: .utf8).contains(
                    "it has it again")
            }
            #expect(try lab.answers("http://203.0.113.1", count: 40).count == 2)
        }

        @Test func `a daemon that is stopped for a while loses no endpoint`() throws {
            let lab = try LabUnderTest(LifeTests.small)
            let pid = try Self.daemon(of: lab)
            for _ in 0..<3 {
                kill(pid, SIGSTOP)
                usleep(1_500_000)
                kill(pid, SIGCONT)
                usleep(300_000)
                #expect(try lab.answers("http://203.0.113.1", count: 40).count == 2)
            }
            #expect(try lab.pods().allSatisfy { $0["restarts"] as? Int == 0 })
        }
    }
}
