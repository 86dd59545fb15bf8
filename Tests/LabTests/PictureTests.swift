// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// `lab graph`, `lab rules` and `lab diff`: of manifests, and of a lab that is up.
    @Suite
    struct PictureTests {
        private static let hello = "\(LabProgram.root)/Labs/hello-service.yaml"

        /// The manifests under `Labs`, scenarios apart.
        static var files: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(LabProgram.root)/Labs")) ?? [])
                .filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".scenario.yaml") }.sorted()
        }

        private static let web = deployment("web", replicas: 2) + service("web")

        private static func service(_ name: String, selector: String = "web", more: String = "") -> String {
            """
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: \(name)}
            spec: {clusterIP: 10.96.70.1, selector: {app: \(selector)}, ports: [{port: 80, targetPort: 8080}]\(more)}

            """
        }

        // MARK: Manifests

        @Test func `nft and iptables-restore load the rules of every Lab, reasons and all`() throws {
            try #require(Self.files.count > 20)
            for file in Self.files {
                for place in [try firstNode(of: file), "edge"] {
                    let ran = try LabProgram.run(["rules", place, "-f", "\(LabProgram.root)/Labs/\(file)"])
                    #expect(ran.code == 0, "\(file): \(ran)")
                    let isOfIPTables = ran.output.contains("*nat")
                    // Checked, not set, and in a network namespace of its own.
                    let check = isOfIPTables ? ["iptables-restore", "--test"] : ["nft", "-c", "-f", "-"]
                    let load = try LabTests.run("unshare", ["--net"] + check, input: try single(ran.output))
                    #expect(load.code == 0, "\(file), \(place): \(load)")
                }
            }
        }

        /// A node's name, as a Lab's picture has it.
        private func firstNode(of file: String) throws -> String {
            let graph = try LabProgram.run(["graph", "-f", "\(LabProgram.root)/Labs/\(file)", "-o", "json"])
            let places = try #require(graph.json as? [String: Any])["places"] as? [[String: Any]] ?? []
            let node = places.first { $0["kind"] as? String == "node" }
            return try #require(node?["name"] as? String, "\(file): \(graph)")
        }

        /// Of two families' iptables, the first.
        private func single(_ text: String) throws -> String {
            guard text.contains("*nat") else { return text }
            let tables = text.components(separatedBy: "COMMIT\n")
            // The kernel need not count for a check.
            return tables.prefix(3).map { $0 + "COMMIT\n" }.joined().replacing(
                #/ -m nfacct --nfacct-name {2}\S+/#, with: "")
        }

        @Test func `what is not what nft loads is refused, so that the check can fail`() throws {
            let ran = try LabProgram.run(["rules", "node-1", "-f", Self.hello])
            let broken = ran.output.replacing("type mark : classid", with: "type mark : mark")
            #expect(broken != ran.output)
            #expect(try LabTests.run("unshare", ["--net", "nft", "-c", "-f", "-"], input: broken).code != 0)
        }

        @Test func `every rule and element stands beside the object, the field and the line that asked for it`() throws
        {
            let ran = try LabProgram.run(["rules", "node-1", "-f", Self.hello, "--service", "hello-service"])
            let elements = ran.lines.filter { $0.contains(" : 0x") || $0.contains(". 8080") }
            #expect(elements.count >= 6, "\(ran)")
            let object = "# Service workload-reachability-example/hello-service "
            #expect(elements.allSatisfy { $0.contains(object) && $0.contains("hello-service.yaml:") }, "\(ran)")
            #expect(elements.contains { $0.contains("spec.ports[0].nodePort (") }, "\(ran)")
            #expect(!ran.output.contains("kubernetes"))
        }

        @Test func `Graphviz and an XML reader take the pictures of every Lab`() throws {
            for file in Self.files {
                let path = "\(LabProgram.root)/Labs/\(file)"
                let dot = try LabProgram.run(["graph", "-f", path, "-o", "dot"])
                #expect(dot.code == 0, "\(file): \(dot)")
                let drawn = try LabTests.run("dot", ["-Tsvg"], input: dot.output)
                #expect(drawn.code == 0 && drawn.errors.isEmpty, "\(file): \(drawn)")
                let svg = try LabProgram.run(["graph", "-f", path]).output
                let elements = try #require(try elements(of: svg), "\(file)")
                #expect(elements == ["svg", "title", "desc", "style", "rect", "text", "path", "g"], "\(file)")
                #expect(try LabProgram.run(["graph", "-f", path, "-o", "mermaid"]).output.hasPrefix("flowchart TB\n"))
            }
        }

        static let ends: [([String], Int32)] = [
            (["rules", "node-9", "-f", hello], 2), (["rules", "node-1", "-f", hello, "--service", "no"], 2),
            (["rules", "node-1", "-f", "/nowhere"], 2), (["rules"], 64),
            (["graph", "-f", hello, "--service", "no"], 1),
            (["graph", "-f", hello, "-o", "png"], 64), (["graph", "--nodes", "3"], 64), (["diff", hello], 64),
            (["diff", hello, hello], 0), (["diff", hello, "/nowhere"], 2), (["diff", "-", "-"], 64),
            (["diff", hello, hello, "--service", "no"], 2),
        ]

        @Test(arguments: ends) func `exit codes`(_ arguments: [String], _ code: Int32) throws {
            let ran = try LabProgram.run(arguments)
            #expect(ran.code == code, "\(ran)")
            #expect(ran.output.isEmpty || code == 0, "\(ran)")
        }

        @Test func `two manifests are told apart as diff does, with reasons, ends and shares`() throws {
            let old = try String(contentsOfFile: Self.hello, encoding: .utf8)
            let new = old.replacing("type: LoadBalancer", with: "type: LoadBalancer\n  externalTrafficPolicy: Local")
            let ran = try LabProgram.run(["diff", Self.hello, "-"], input: new)
            #expect(ran.code == 1)
            #expect(ran.lines.first == "--- \(Self.hello)")
            #expect(
                ran.lines.contains {
                    $0.hasPrefix("+") && $0.contains("# Service workload-reachability-example/hello-service")
                })
            #expect(ran.lines.contains { $0.hasPrefix("@@ Journeys: ") })
            #expect(ran.lines.contains { $0.hasPrefix("-     1/3 to ") && $0.contains("client seen as 172.18.0.") })
            #expect(ran.lines.contains { $0.hasPrefix("+ ") && $0.contains("delivered: ") })
            #expect(!ran.output.contains("\u{1b}"))
            let json = try LabProgram.run(["diff", Self.hello, "-", "-o", "json"], input: new)
            let value = try #require(json.json as? [String: Any])
            #expect(value["same"] as? Bool == false)
            #expect((value["journeys"] as? [Any])?.isEmpty == false)
            #expect((value["pods"] as? [Any])?.isEmpty == true)
        }

        @Test func `a change of nodes or of the proxy mode keeps every Service's address`() throws {
            let old = try String(contentsOfFile: Self.hello, encoding: .utf8)
            for lab in ["nodes: 5", "proxyMode: iptables"] {
                let new = "apiVersion: lab/v1\nkind: Lab\nspec: {\(lab)}\n---\n" + old
                let ran = try LabProgram.run(["diff", Self.hello, "-", "-o", "json"], input: new)
                #expect(ran.code == 1, "\(ran)")
                let value = try #require(ran.json as? [String: Any])
                let addresses = { (state: String) in
                    Set(
                        (value["journeys"] as? [[String: Any]] ?? []).compactMap {
                            ($0["door"] as? String)?.hasPrefix("cluster") == true
                                ? ($0[state] as? [String: Any])?["to"] as? String : nil
                        })
                }
                #expect(addresses("after").isSubset(of: addresses("before")), "\(lab): \(ran)")
            }
        }

        @Test func `the help shows examples and exit codes, and shells complete the commands`() throws {
            for command in ["graph", "rules", "diff"] {
                let help = try LabProgram.run([command, "--help"]).output
                #expect(help.contains("EXAMPLES") && help.contains("Exit codes:"), "\(help)")
                let script = try LabProgram.run(["--generate-completion-script", "bash"]).output
                #expect(script.contains("_lab_\(command)"))
            }
        }

        // MARK: A lab that is up

        @Test func `a lab's rules are the kernel's, and where a proxy stands still the difference is told`() throws {
            let lab = try LabUnderTest(Self.web, nodes: 2)
            for place in ["node-1", "edge"] {
                let ran = try lab.lab("rules", place)
                #expect(ran.code == 0, "\(ran)")
                #expect(ran.errors.contains("The kernel of \(place) has these rules."))
            }
            #expect(try lab.lab("rules", "node-1", "--service", "web").output.contains("10.96.70.1 . tcp . 80"))
            #expect(try lab.lab("fault", "proxy", "node-1", "stopped").code == 0)
            #expect(try lab.lab("scale", "deploy/web", "--replicas", "3").code == 0)
            try lab.eventually("the plan is ahead of the kernel", seconds: 10) {
                let ran = try lab.lab("rules", "node-1")
                return ran.code == 1 && ran.errors.contains("Broken on purpose")
                    && ran.errors.contains("node-1: endpoints lacks")
            }
            #expect(try lab.lab("rules", "node-2").code == 0)
        }

        @Test(arguments: ["nftables", "iptables"])
        func `what a lab's diff foretells is what applying does, and nothing before`(_ mode: String) throws {
            let lab = try LabUnderTest(
                "apiVersion: lab/v1\nkind: Lab\nspec: {proxyMode: \(mode), nodes: 2}\n" + Self.web)
            let new = Self.service("web", more: ", type: NodePort, externalTrafficPolicy: Local")
            #expect(try lab.lab("diff", "-f", "-", input: Self.service("web")).code == 0)
            let before = try lab.lab("rules", "node-1").output
            let ran = try lab.lab("diff", "-f", "-", "-o", "json", input: new)
            #expect(ran.code == 1, "\(ran)")
            #expect(try lab.lab("rules", "node-1").output == before)
            let value = try #require(ran.json as? [String: Any])
            // The node port's number is the lab's to draw when it comes to it.
            let foretold = (value["rules"] as? [[String: Any]] ?? []).filter {
                ($0["namespaces"] as? [String])?.contains("node-1") == true
            }.flatMap { $0["changes"] as? [[String: Any]] ?? [] }.filter { $0["kind"] as? String != "frame" }
                .compactMap { change in (change["sign"] as? String).map { ($0, change["text"] as? String ?? "") } }
            #expect(foretold.contains { $0.0 == "+" })
            #expect(try lab.lab("apply", "-f", "-", input: new).code == 0)
            let after = try lab.lab("rules", "node-1", "-o", "json")
            let there = try #require(after.json as? [String: Any])["lines"] as? [[String: Any]] ?? []
            let texts = Set(there.compactMap { $0["text"] as? String })
            for (sign, text) in foretold where !text.contains(#/ 3\d{4}\b/#) {
                #expect(texts.contains(text) == (sign == "+"), "\(sign)\(text)")
            }
            #expect(try lab.lab("diff", "-f", "-", input: new).code == 0)
            #expect(try lab.lab("graph", "-o", "mermaid").output.contains("node port"))
        }
    }
}

/// The elements of an XML document, as an XML reader finds them; nil for a text that is none.
private func elements(of text: String) throws -> Set<String>? {
    let reader =
        "import sys, xml.etree.ElementTree as t; [print(e.tag.split('}')[1]) for e in t.parse(sys.stdin).iter()]"
    let ran = try LabTests.run("python3", ["-c", reader], input: text)
    return ran.code == 0 ? Set(ran.lines) : nil
}
