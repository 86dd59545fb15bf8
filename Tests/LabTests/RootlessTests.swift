// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

extension LabSuites {
    /// Labs of users who are not root.
    @Suite(.enabled(if: UnprivilegedUser.missing == nil, "this needs \(UnprivilegedUser.missing ?? "")"))
    struct RootlessTests {
        /// The tutorial's manifest.
        private static let hello =
            (try? String(contentsOfFile: "\(LabProgram.root)/Labs/hello-service.yaml", encoding: .utf8)) ?? ""

        /// The same for a way of making rules.
        private static func manifest(_ mode: String) -> String {
            "apiVersion: lab/v1\nkind: Lab\nspec: {proxyMode: \(mode)}\n---\n" + Self.hello
        }

        @Test(arguments: ["nftables", "iptables"]) func `hello-service without root is as with it, and leaves nothing`(
            mode: String
        ) throws {
            let before = try LifeTests.host()
            let user = try UnprivilegedUser()
            let up = try user.text("up", "-", "--isolated", "--name", "hello", "-o", "json", input: Self.manifest(mode))
            #expect(up.contains("\"proxyMode\""))
            let status = try user.status("hello")
            let pods = (status["pods"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
            let names = pods.filter { $0.hasPrefix("hello-app") }
            #expect(names.count == 3)
            let services = status["services"] as? [[String: Any]] ?? []
            let service = try #require(services.first { $0["name"] as? String == "hello-service" })
            let ports = try #require(service["ports"] as? String)
            let nodePort = ports.split(separator: ":")[1].split(separator: "/")[0]
            let addresses = [
                "\(try #require(service["externalIP"] as? String)):8080", "172.18.0.3:\(nodePort)",
                "\(try #require(service["clusterIP"] as? String)):8080",
            ]
            let all = Set(names.map { "Hello from Pod \($0)!" })
            for address in addresses {
                let answers = try user.text(
                    "exec", "host", "--", "curl", "-sS", "-m", "20", "--no-keepalive", "-H", "Connection: close",
                    "http://\(address)/?n=[1-60]")
                #expect(Set(answers.split(separator: "\n").map(String.init)) == all, "\(address)")
                let ways = try user.text("why", address, "--from", "host", "-o", "json")
                for name in names { #expect(ways.contains(name), "\(address)") }
            }
            try Self.look(into: user, pod: names[0])
            let observed = try user.text("observe")
            #expect(observed.contains("\"differences\":0"), "the kernel's rules are the plan's: \(observed)")
            #expect(try user.text("down") == "hello is down\n")
            #expect(try user.remains() == "")
            let change = try LifeTests.change(since: before)
            #expect(change == "")
        }

        /// Names, a Pod's command and its limits, kubectl, the nodes' tools.
        private static func look(into user: UnprivilegedUser, pod: String) throws {
            let answer = try user.text("exec", pod, "--", "curl", "-sS", "-m", "5", "http://hello-service:8080")
            #expect(answer.hasPrefix("Hello from Pod hello-app"))
            let powers = try user.text("exec", pod, "--", "grep", "-E", "^(CapEff|NoNewPrivs)", "/proc/self/status")
            #expect(powers.contains("0000000000000000") && powers.contains("NoNewPrivs:\t1"), "\(powers)")
            #expect(try user.lab("exec", pod, "--", "touch", "/etc/lab-test").code != 0)
            let rows = try user.text("kubectl", "get", "pods", "-A", "--no-headers")
            #expect(rows.split(separator: "\n").count { $0.contains("hello-app") } == 3)
            let executed = try user.text(
                "kubectl", "exec", "-n", "workload-reachability-example", pod, "--", "cat", "/etc/hostname")
            #expect(executed == pod + "\n")
            #expect(try user.text("exec", "node-1", "--", "ip", "-4", "route").contains("10.244.0."))
            #expect(try user.text("exec", "host", "--", "ip", "route", "show", "default") == "", "there is no way out")
            #expect(try user.text("list").contains("hello"))
        }

        @Test func `two users and root have labs of one name and one set of addresses at once, and never meet`() throws
        {
            let root = try LabUnderTest(Self.hello)
            let users = [try UnprivilegedUser(), try UnprivilegedUser()]
            for user in users {
                let up = try user.lab("up", "-", "--isolated", "--name", root.name, input: Self.hello)
                #expect(up.code == 0, "\(up)")
            }
            for user in users {
                let status = try user.status(root.name)
                let own = Set((status["pods"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String })
                let answers = try user.text(
                    "exec", "host", "--", "curl", "-sS", "-m", "20", "http://203.0.113.1:8080/?n=[1-30]")
                for line in answers.split(separator: "\n") {
                    let name = line.dropFirst("Hello from Pod ".count).dropLast()
                    #expect(own.contains(String(name)), "\(line)")
                }
                #expect(try user.text("list").split(separator: "\n").count == 2)
            }
            #expect(try root.answers("http://203.0.113.1:8080", count: 30).count == 3)
            for user in users {
                #expect(try user.lab("down", root.name).code == 0)
                #expect(try user.remains() == "")
            }
        }

        @Test func `a session whose holder was killed goes on, and ends with its last lab`() throws {
            let user = try UnprivilegedUser()
            #expect(try user.lab("up", "-", "--isolated", "--name", "one", input: LifeTests.small).code == 0)
            try Self.killHolder(user)
            #expect(try user.text("list").contains("one"), "it is entered through the lab's daemon")
            #expect(try user.lab("up", "-", "--isolated", "--name", "two", input: LifeTests.small).code == 0)
            for name in ["one", "two"] {
                let answer = try user.text(
                    "exec", "host", "--lab", name, "--", "curl", "-sS", "-m", "3", "http://203.0.113.1")
                #expect(answer.hasPrefix("Hello from Pod"))
            }
            #expect(try user.lab("down", "one").code == 0)
            #expect(try user.text("list").contains("two"))
            #expect(try user.lab("down", "two").code == 0)
            #expect(try user.remains() == "")
        }

        @Test func `a session that lost its holder and its daemon is made anew, and what was left of it ends`() throws {
            let user = try UnprivilegedUser()
            #expect(try user.lab("up", "-", "--isolated", "--name", "one", input: LifeTests.small).code == 0)
            // Both at once, and nobody with them.
            let daemons = try run("pgrep", ["-u", "\(user.number)", "-f", "lab (daemon|session)"]).lines
            #expect(daemons.count == 2)
            for pid in daemons.compactMap({ pid_t($0) }) { kill(pid, SIGKILL) }
            usleep(50_000)
            #expect(try user.lab("up", "-", "--isolated", "--name", "one", input: LifeTests.small).code == 0)
            let responders = try run("ps", ["-o", "stat=,args=", "-u", "\(user.number)"]).lines.filter {
                $0.contains("responder") && !$0.contains("defunct")
            }
            #expect(responders.count == 4, "two Pods and two name servers: the others were ended: \(responders)")
            #expect(try user.lab("down").code == 0)
            #expect(try user.remains() == "")
        }

        private static func killHolder(_ user: UnprivilegedUser) throws {
            let record = try String(contentsOfFile: "/tmp/lab-\(user.number)/holder", encoding: .utf8)
            let pid = try #require(record.split(separator: " ").first.flatMap { pid_t($0) })
            kill(pid, SIGKILL)
            usleep(50_000)
        }

        @Test func `without root only what is isolated comes up, and what is refused leaves no session`() throws {
            let user = try UnprivilegedUser()
            let joined = try user.lab("up", "-", input: LifeTests.small)
            #expect(joined.code == 1 && joined.errors.contains("lab up --isolated"), "\(joined)")
            let bad = try user.lab("up", "-", "--isolated", input: "a: [")
            #expect(bad.code == 1 && bad.errors.contains("-:"), "\(bad)")
            #expect(try user.remains() == "")
            #expect(try user.text("list") == "no lab is up\n")
            #expect(try user.lab("status").code == 1)
            #expect(try user.remains() == "")
        }

        @Test func `a machine that allows users no namespaces is named with the setting and the remedy`() throws {
            // In a user namespace of its own the setting is its root's to set.
            let script = """
                unshare --user sleep 30 & maker=$!
                while [ "$(readlink /proc/$maker/ns/user)" = "$(readlink /proc/self/ns/user)" ]; do sleep 0.01; done
                for map in uid_map gid_map; do echo 0 0 65536 >/proc/$maker/$map; done
                code=0
                nsenter --target $maker --user sh -c \
                    'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --reuid 1234 --regid 1234 --clear-groups "$@"' \
                    sh "$@" || code=$?
                kill -KILL $maker
                exit $code
                """
            let user = try UnprivilegedUser(number: 1234)
            let ran = try run(
                "sh", ["-c", script, "sh", "\(user.home)/programs/lab", "up", "--isolated", "/dev/null"])
            #expect(ran.code == 2, "\(ran)")
            #expect(ran.errors.contains("user.max_user_namespaces = 0"), "\(ran)")
            #expect(ran.errors.contains("sysctl -w user.max_user_namespaces="), "\(ran)")
            #expect(!FileManager.default.fileExists(atPath: "/tmp/lab-1234"), "what cannot be made leaves nothing")
        }

        @Test func `where subuids are granted, containers run as a user of their own`() throws {
            guard FileManager.default.isExecutableFile(atPath: "/usr/bin/newuidmap") else { return }
            let folder = "/tmp/lab-test-subuid-\(getpid())"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            // An account that every machine has, and that nothing runs as.
            try "bin:300000:65536\n".write(toFile: "\(folder)/ranges", atomically: true, encoding: .utf8)
            chmod("\(folder)/ranges", 0o644)
            // Only these commands see the files.
            let script = """
                for file in /etc/subuid /etc/subgid; do [ -e $file ] || : >$file; mount --bind \(folder)/ranges $file; done; "$@"
                """
            let user = try UnprivilegedUser(
                number: 2, before: ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"])
            let up = try user.lab("up", "-", "--isolated", "--name", "sub", input: LifeTests.small)
            #expect(up.code == 0, "\(up)")
            let pods = try user.status("sub")["pods"] as? [[String: Any]] ?? []
            let name = try #require(pods.compactMap { $0["name"] as? String }.first { $0.hasPrefix("web") })
            #expect(try user.text("exec", name, "--", "id", "-u") == "65534\n")
            let answer = try user.text("exec", "host", "--", "curl", "-sS", "-m", "3", "http://203.0.113.1")
            #expect(answer.hasPrefix("Hello from Pod"))
            #expect(try user.lab("down").code == 0)
            #expect(try user.remains() == "")
        }

        @Test func `in a cgroup of the user's own labs make theirs, and take them away`() throws {
            let mounts = try String(contentsOfFile: "/proc/mounts", encoding: .utf8).split(separator: "\n")
            guard let root = mounts.first(where: { $0.contains(" cgroup2 ") })?.split(separator: " ")[1] else { return }
            let number = UInt32.random(in: 200_000..<2_000_000_000)
            let group = "\(root)/test-delegated-\(number)"
            guard (try? FileManager.default.createDirectory(atPath: group, withIntermediateDirectories: false)) != nil
            else { return }
            defer { rmdir(group) }
            for path in [group, "\(group)/cgroup.procs"] { chown(path, number, number) }
            let user = try UnprivilegedUser(
                number: number, before: ["sh", "-c", "echo $$ >\(group)/cgroup.procs; exec \"$@\"", "sh"])
            #expect(try user.lab("up", "-", "--isolated", "--name", "grouped", input: LifeTests.small).code == 0)
            let pods = try String(contentsOfFile: "\(group)/lab-grouped/pods/cgroup.procs", encoding: .utf8)
            #expect(pods.split(separator: "\n").count == 4, "two Pods and two name servers")
            #expect(try user.lab("down").code == 0)
            #expect(!FileManager.default.fileExists(atPath: "\(group)/lab-grouped"))
            #expect(try user.remains() == "")
        }

        @Test func `doctor says what each user can have, and leaves nothing`() throws {
            let user = try UnprivilegedUser()
            let own = try user.lab("doctor", "-o", "json")
            #expect(own.code == 0, "\(own)")
            let verdicts = Self.verdicts(own)
            #expect(verdicts["isolated labs without root"] == "present")
            #expect(verdicts["labs that this machine reaches"] == "optional")
            #expect(verdicts["veth pairs"] == "present")
            #expect(try user.remains() == "")
            let roots = Self.verdicts(try LabProgram.run(["doctor", "-o", "json"]))
            #expect(roots["isolated labs without root"] == "present")
            #expect(roots["labs that this machine reaches"] == "present")
            #expect(roots["IPv6"] == "present")
        }

        private static func verdicts(_ ran: Ran) -> [String: String] {
            var verdicts: [String: String] = [:]
            for finding in ran.json as? [[String: String]] ?? [] {
                verdicts[finding["subject"] ?? ""] = finding["verdict"]
            }
            return verdicts
        }
    }
}
