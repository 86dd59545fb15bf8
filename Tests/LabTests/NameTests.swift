// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// True if the machine has a program.
private func isThere(_ program: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)")
}

extension LabSuites {
    /// What is found by name from inside Pods, asked by the resolvers that people have.
    @Suite(.enabled(if: isThere("dig"), "needs dig (bind9-dnsutils)"))
    struct NameTests {
        static let manifest =
            """
            apiVersion: lab/v1
            kind: Lab
            spec: {dns: {hosts: {my.database.example.com: 198.51.100.10}}}
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: prod}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: client}
            spec: {terminationGracePeriodSeconds: 0, containers: [{name: client, image: busybox, command: [sleep, "3600"]}]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: client, namespace: prod}
            spec: {terminationGracePeriodSeconds: 0, containers: [{name: client, image: busybox, command: [sleep, "3600"]}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: my-service, namespace: prod}
            spec: {type: ExternalName, externalName: my.database.example.com}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: hello}
            spec: {clusterIP: 10.96.0.50, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}, {name: echo, port: 7, protocol: UDP}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: plain}
            spec: {clusterIP: 10.96.0.51, selector: {app: nobody}, ports: [{port: 80}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: db}
            spec: {clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 5432}]}
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: db}
            spec:
              replicas: 2
              serviceName: db
              podManagementPolicy: Parallel
              selector: {matchLabels: {app: db}}
              template:
                metadata: {labels: {app: db}}
                spec: {containers: [{name: db, image: web, ports: [{containerPort: 5432}]}], terminationGracePeriodSeconds: 0}
            ---

            """ + deployment("web", replicas: 2)

        /// The records of an answer, sorted, one a line without the first words: `TYPE DATA`.
        private func dig(_ lab: LabUnderTest, _ question: String..., from place: String = "default/client") throws
            -> [String]
        {
            let ran = try lab.exec(place, ["dig", "+noall", "+answer", "+tries=2", "+time=2"] + question)
            return ran.lines.map { $0.split(whereSeparator: \.isWhitespace).dropFirst(3).joined(separator: " ") }
                .sorted()
        }

        /// `NOERROR`, `NXDOMAIN`, …
        private func code(_ lab: LabUnderTest, _ question: String...) throws -> String {
            let ran = try lab.exec("default/client", ["dig", "+tries=2", "+time=2"] + question)
            let line = ran.lines.first { $0.contains("status: ") } ?? ran.output
            return String(line.split(separator: "status: ").last?.prefix { $0 != "," } ?? "")
        }

        private func addresses(_ lab: LabUnderTest, _ label: String) throws -> [String] {
            try lab.kubectlText(
                "get", "pods", "-l", "app=\(label)", "-o", "jsonpath={range .items[*]}{.status.podIP}{\"\\n\"}{end}"
            ).split(separator: "\n").map(String.init).sorted()
        }

        @Test func `D66 to D73 names lead where the cluster's objects say`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let web = try addresses(lab, "web")
            let db = try addresses(lab, "db")
            let (zone, prod) = ("default.svc.cluster.local", "prod.svc.cluster.local")

            #expect(try dig(lab, "hello.\(zone)") == ["A 10.96.0.50"], "D66")
            #expect(try dig(lab, "hELLo.Default.SVC.cluster.LOCAL") == ["A 10.96.0.50"], "D66 case")
            #expect(try dig(lab, "AAAA", "hello.\(zone)").isEmpty, "D66 AAAA")
            #expect(try code(lab, "AAAA", "hello.\(zone)") == "NOERROR", "D66 AAAA")
            #expect(try code(lab, "nothing.\(zone)") == "NXDOMAIN", "D66 unknown")

            #expect(try dig(lab, "db.\(zone)") == db.map { "A \($0)" }, "D67")
            #expect(try dig(lab, "plain.\(zone)") == ["A 10.96.0.51"], "D67 without endpoints")
            let first = try lab.kubectlText("get", "pod", "db-0", "-o", "jsonpath={.status.podIP}")
            #expect(try dig(lab, "db-0.db.\(zone)") == ["A \(first)"], "D68 hostname")
            let dashed = web[0].replacing(".", with: "-")
            #expect(try dig(lab, "\(dashed).hello.\(zone)") == ["A \(web[0])"], "D68 dashed")

            #expect(try dig(lab, "SRV", "_http._tcp.hello.\(zone)") == ["SRV 0 100 80 hello.\(zone)."], "D69")
            #expect(try dig(lab, "SRV", "_echo._udp.hello.\(zone)") == ["SRV 0 100 7 hello.\(zone)."], "D69 UDP")
            #expect(
                try dig(lab, "SRV", "_sql._tcp.db.\(zone)")
                    == ["SRV 0 50 5432 db-0.db.\(zone).", "SRV 0 50 5432 db-1.db.\(zone)."], "D69 headless")

            #expect(try dig(lab, "-x", "10.96.0.50") == ["PTR hello.\(zone)."], "D70")
            #expect(try dig(lab, "-x", first) == ["PTR db-0.db.\(zone)."], "D70 endpoint")
            #expect(
                try dig(lab, "my-service.\(prod)") == ["A 198.51.100.10", "CNAME my.database.example.com."], "D71")
            #expect(try dig(lab, "TXT", "dns-version.cluster.local") == ["TXT \"1.1.0\""], "D72")
            #expect(try dig(lab, "10-1-2-3.default.pod.cluster.local") == ["A 10.1.2.3"], "D73")
            #expect(try code(lab, "example.org") == "NXDOMAIN", "nothing leaves the lab")
            try lab.eventually("an Event says how to forward") {
                try lab.kubectlText("get", "events", "-n", "kube-system").contains("spec.dns.upstream")
            }
        }

        @Test func `TCP, EDNS and small buffers change nothing but the way`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let name = "hello.default.svc.cluster.local"
            for option in ["+tcp", "+edns=0", "+noedns", "+bufsize=512", "+cookie", "+dnssec"] {
                #expect(try dig(lab, option, name) == ["A 10.96.0.50"], "\(option)")
            }
            if isThere("kdig") {
                #expect(try lab.exec("default/client", "kdig", "+short", name).output == "10.96.0.50\n")
                #expect(try lab.exec("default/client", "kdig", "+short", "+tcp", name).output == "10.96.0.50\n")
            }
        }

        @Test func `plain programs in a Pod find Services by short names, from the same namespace and from another`()
            throws
        {
            let lab = try LabUnderTest(Self.manifest)
            for (place, name) in [
                ("default/client", "hello"), ("default/client", "hello.default"), ("prod/client", "hello.default"),
                ("prod/client", "hello.default.svc"), ("prod/client", "hello.default.svc.cluster.local"),
                ("host", "hello"), ("node-1", "hello.default"),
            ] {
                #expect(
                    try lab.curl("http://\(name)", from: place).hasPrefix("Hello from Pod web-"),
                    "\(name) from \(place)")
                let found = try lab.exec(place, "getent", "ahostsv4", name).output
                #expect(found.hasPrefix("10.96.0.50 "), "\(name) from \(place): \(found)")
            }
            #expect(try lab.exec("prod/client", "getent", "hosts", "hello").code == 2, "another namespace's")
            let look = try lab.exec("default/client", "nslookup", "hello").output
            #expect(look.contains("10.96.0.10") && look.contains("10.96.0.50"), "\(look)")
            #expect(try lab.exec("default/client", "host", "hello").output.contains("has address 10.96.0.50"))
        }

        @Test(.enabled(if: isThere("musl-gcc"), "needs musl-gcc (musl-tools)"))
        func `musl's resolver finds the same`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let folder = FileManager.default.temporaryDirectory.appending(path: "musl-\(lab.name)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let source = """
                #include <netdb.h>
                #include <stdio.h>
                #include <arpa/inet.h>
                int main(int argc, char **argv) {
                    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
                    int code = getaddrinfo(argv[1], "80", &hints, &found);
                    if (code) return puts(gai_strerror(code)), 1;
                    char text[64];
                    puts(inet_ntop(AF_INET, &((struct sockaddr_in *)found->ai_addr)->sin_addr, text, 64));
                }
                """
            let program = folder.appending(path: "look").path
            try source.write(toFile: program + ".c", atomically: true, encoding: .utf8)
            let compiled = try run("musl-gcc", ["-static", "-O1", "-o", program, program + ".c"])
            try #require(compiled.code == 0, "\(compiled)")
            _ = try lab.kubectlText("cp", program, "client:/tmp/look")
            for (name, answer) in [
                ("hello", "10.96.0.50"), ("hello.default", "10.96.0.50"), ("my-service.prod", "198.51.100.10"),
                ("hello.default.svc.cluster.local", "10.96.0.50"),
            ] {
                let ran = try lab.exec("default/client", "/tmp/look", name)
                #expect(ran.output == answer + "\n", "\(name): \(ran)")
            }
            #expect(try lab.exec("default/client", "/tmp/look", "nobody").code == 1)
        }

        @Test func `D67 a headless Service follows its Pods`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let name = "db.default.svc.cluster.local"
            _ = try lab.kubectlText("scale", "statefulset/db", "--replicas=0")
            try lab.eventually("without Pods there is no such name") { try code(lab, name) == "NXDOMAIN" }
            _ = try lab.kubectlText("scale", "statefulset/db", "--replicas=3")
            try lab.eventually("three Pods, three addresses") { try dig(lab, name).count == 3 }
            #expect(try dig(lab, name) == (try addresses(lab, "db")).map { "A \($0)" })
        }

        @Test func `a dead name server is replaced, and names go on being found`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let all = try lab.kubectlText("get", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns", "-o", "name")
            #expect(all.split(separator: "\n").count == 2)
            for pod in all.split(separator: "\n").map(String.init) {
                _ = try lab.kubectlText("delete", "-n", "kube-system", pod, "--grace-period=0", "--force")
                try lab.eventually("names are found without \(pod)") {
                    try dig(lab, "hello.default.svc.cluster.local") == ["A 10.96.0.50"]
                }
            }
            _ = try lab.kubectlText(
                "wait", "-n", "kube-system", "deployment/coredns", "--for=condition=Available", "--timeout=20s")
            let new = try lab.kubectlText("get", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns", "-o", "name")
            #expect(Set(new.split(separator: "\n")).isDisjoint(with: all.split(separator: "\n")))
            for _ in 0..<20 { #expect(try dig(lab, "hello.default.svc.cluster.local") == ["A 10.96.0.50"]) }
        }

        static let policies: [(name: String, spec: String, file: String)] = [
            (
                "first", "{}",
                "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
            ), ("default", "{dnsPolicy: Default}", "nameserver 198.51.100.53\n"),
            ("on-node", "{hostNetwork: true}", "nameserver 198.51.100.53\n"),
            (
                "on-node-first", "{hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet}",
                "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
            ),
            (
                "own",
                "{dnsPolicy: None, dnsConfig: {nameservers: [192.0.2.1], searches: [ns1.my.dns.search], options: [{name: ndots, value: \"2\"}, {name: edns0}]}}",
                "search ns1.my.dns.search\nnameserver 192.0.2.1\noptions edns0 ndots:2\n"
            ),
            (
                "more",
                "{dnsConfig: {nameservers: [192.0.2.1], searches: [example.com], options: [{name: ndots, value: \"1\"}]}}",
                "search default.svc.cluster.local svc.cluster.local cluster.local example.com\nnameserver 10.96.0.10\nnameserver 192.0.2.1\noptions ndots:1\n"
            ),
        ]

        @Test func `D74 and D75 a Pod's files are as its policy says`() throws {
            let pods = Self.policies.map { name, spec, _ in
                let fields = spec.dropFirst().dropLast()
                return """
                    ---
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: \(name)}
                    spec: {\(fields.isEmpty ? "" : fields + ", ")terminationGracePeriodSeconds: 0, containers: [{name: main, image: busybox, command: [sleep, "3600"]}]}

                    """
            }
            let named = """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: sub}
                spec: {clusterIP: None, selector: {app: named}, ports: [{port: 80}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: named, labels: {app: named}}
                spec:
                  hostname: box
                  subdomain: sub
                  hostAliases: [{ip: 192.0.2.7, hostnames: [foo.local, bar.local]}]
                  terminationGracePeriodSeconds: 0
                  containers: [{name: main, image: busybox, command: [sleep, "3600"]}]

                """
            let lab = try LabUnderTest(
                "apiVersion: lab/v1\nkind: Lab\nspec: {dns: {upstream: [198.51.100.53]}}\n" + pods.joined() + named)
            for (name, _, file) in Self.policies {
                #expect(try lab.exec(name, "cat", "/etc/resolv.conf").output == file, "D74 \(name)")
            }
            let own = try lab.kubectlText("get", "pod", "named", "-o", "jsonpath={.status.podIP}")
            let hosts = try lab.exec("named", "cat", "/etc/hosts").output
            #expect(hosts.contains("\(own)\tbox.sub.default.svc.cluster.local\tbox\n"), "D75: \(hosts)")
            #expect(hosts.contains("192.0.2.7\tfoo.local\tbar.local\n"), "D75: \(hosts)")
            #expect(try lab.exec("named", "hostname", "-f").output == "box.sub.default.svc.cluster.local\n")
            #expect(try dig(lab, "box.sub.default.svc.cluster.local", from: "first") == ["A \(own)"], "D68")
        }
    }
}
