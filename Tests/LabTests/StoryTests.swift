// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// What a lab tells of itself: to the page, to a recording, and to who replays it.
    @Suite
    struct StoryTests {
        private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

        /// A folder that goes after the test.
        private static func withFolder(_ body: (String) throws -> Void) throws {
            let folder = NSTemporaryDirectory() + "lab-story-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try body(folder)
        }

        private static func objects(_ path: String) throws -> [NSDictionary] {
            try text(path).split(separator: "\n").map { line in
                try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary)
            }
        }

        /// An object without what a story leaves out.
        private static func shown(_ object: NSDictionary) throws -> NSDictionary {
            let data = try JSONSerialization.data(withJSONObject: object)
            var copy = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
            var metadata = copy["metadata"] as? [String: Any] ?? [:]
            metadata["managedFields"] = nil
            copy["metadata"] = metadata
            let shown = try JSONSerialization.data(withJSONObject: copy)
            return try #require(JSONSerialization.jsonObject(with: shown) as? NSDictionary)
        }

        private static func name(_ object: NSDictionary) -> String {
            let metadata = object["metadata"] as? NSDictionary
            return "\(object["kind"] ?? "")/\(metadata?["namespace"] ?? "")/\(metadata?["name"] ?? "")"
        }

        private static func revision(_ object: NSDictionary) -> String {
            ((object["metadata"] as? NSDictionary)?["resourceVersion"] as? String) ?? ""
        }

        /// What is done to the lab while it is recorded, and what kubectl sees of it, one JSON object a line.
        private static let script = """
            for kind in services endpointslices pods deployments; do
              timeout 9 kubectl get $kind -A --watch-only --output-watch-events -o json 2>/dev/null | jq -c . > $1/watch-$kind &
            done
            sleep 2
            for i in 1 2 3 4 5 6; do curl -s -m 2 http://203.0.113.1/ > /dev/null; done
            kubectl patch service web -p '{"spec": {"selector": {"version": "green"}}}' > /dev/null
            sleep 0.5
            for i in 1 2 3 4 5 6; do curl -s -m 2 http://203.0.113.1/ > /dev/null; done
            kubectl scale deployment/green --replicas=3 > /dev/null
            kubectl rollout status deployment/green --timeout=20s > /dev/null
            kubectl patch service web -p '{"spec": {"selector": {"version": "blue"}}}' > /dev/null
            wait
            for kind in services endpointslices pods deployments; do kubectl get $kind -A -o json | jq -c '.items[]' > $1/list-$kind; done
            """

        @Test func `a recording of the blue-green lab has the states that the API gave at the same revisions`() throws {
            let lab = try LabUnderTest(file: "blue-green.yaml")
            try Self.withFolder { folder in
                let recorded = try LabProgram.run(
                    ["record", lab.name, "-o", "\(folder)/story.jsonl", "--", "sh", "-c", Self.script, "sh", folder],
                    seconds: 60)
                #expect(recorded.code == 0, "\(recorded)")
                let lines = try Self.objects("\(folder)/story.jsonl")
                var states: [String: NSDictionary] = [:]
                var told: [String: NSDictionary] = [:]
                for line in lines where line["kind"] as? String == "object" {
                    let object = try #require(line["object"] as? NSDictionary)
                    states[Self.name(object)] = line["verb"] as? String == "deleted" ? nil : object
                    told["\(Self.name(object)) \(line["verb"] ?? "") \(line["revision"] ?? "")"] = object
                }
                var compared = 0
                for kind in ["services", "endpointslices", "pods", "deployments"] {
                    for event in try Self.objects("\(folder)/watch-\(kind)") {
                        let object = try #require(event["object"] as? NSDictionary)
                        let verb = (event["type"] as? String ?? "").lowercased()
                        let key = "\(Self.name(object)) \(verb) \(Self.revision(object))"
                        let seen = try #require(told[key], "the story does not tell of \(key)")
                        if verb != "deleted" { #expect(try seen == Self.shown(object), "\(key)") }
                        compared += 1
                    }
                    for object in try Self.objects("\(folder)/list-\(kind)") {
                        #expect(try states[Self.name(object)] == Self.shown(object), "\(Self.name(object)) at the end")
                    }
                }
                #expect(compared >= 8, "only \(compared) writes were compared")
                let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/story.jsonl")[.size] as? Int ?? 0
                #expect(size > 10_000 && size < 5_000_000, "\(size) bytes")
                let written = lines.first { $0["kind"] as? String == "source" }?["text"] as? String
                let manifest = try Self.text("\(LabProgram.root)/Labs/blue-green.yaml")
                #expect(written == manifest, "the manifest's own text is told")
                for kind in ["lab", "ready", "rules", "counters", "connection", "end"] {
                    #expect(lines.contains { $0["kind"] as? String == kind }, "no line tells of \(kind)")
                }
                let replayed = try LabProgram.run(["replay", "\(folder)/story.jsonl"])
                #expect(replayed.code == 0 && replayed.output.contains("all agrees"), "\(replayed)")
                // One endpoint more in the counters than there was.
                let broken = try Self.text("\(folder)/story.jsonl").replacing(
                    "\"endpoint\":\"10.244.", with: "\"endpoint\":\"10.9.")
                try broken.write(toFile: "\(folder)/broken.jsonl", atomically: true, encoding: .utf8)
                #expect(try LabProgram.run(["replay", "\(folder)/broken.jsonl"]).code == 1)
            }
        }

        // MARK: The page

        /// `lab ui` while the body runs, which gets the link.
        private static func withPage(_ lab: LabUnderTest, _ body: (_ root: String, _ token: String) throws -> Void)
            throws
        {
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: LabProgram.path)
            process.arguments = ["ui", "--lab", lab.name]
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            defer {
                process.terminate()
                process.waitUntilExit()
            }
            let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            let parts = line.trimmingCharacters(in: .whitespacesAndNewlines).components(separatedBy: "/?token=")
            try #require(parts.count == 2, "\(line)")
            try body(parts[0], parts[1])
        }

        private static func curl(_ arguments: String...) throws -> Ran {
            try run("curl", ["-s", "-m", "5", "-o", "-", "-w", "\n%{http_code}"] + arguments)
        }

        @Test func `the page is for whoever has the token, and for no other page`() throws {
            let lab = try LabUnderTest(file: "blue-green.yaml")
            try Self.withPage(lab) { root, token in
                let cookie = "lab-\(lab.name)=\(token)"
                for path in ["/", "/main.js", "/story", "/?token=wrong", "/nothing"] {
                    let answer = try Self.curl(root + path)
                    #expect(answer.output == "\n401", "\(path): \(answer.output)")
                }
                let entered = try run("curl", ["-s", "-m", "5", "-i", "\(root)/?token=\(token)"]).output
                #expect(entered.contains(" 303 ") && entered.contains("set-cookie") || entered.contains("Set-Cookie"))
                #expect(entered.contains("HttpOnly; SameSite=Strict"))
                let page = try run("curl", ["-s", "-m", "5", "-i", "-b", cookie, "\(root)/"]).output
                #expect(
                    page.contains("200 OK") && page.contains("default-src 'none'; script-src 'self'"),
                    "\(page.prefix(800))")
                #expect(page.contains("X-Frame-Options: DENY") && !page.lowercased().contains("access-control-allow"))
                let scale = #"{"action":"scale","object":"Deployment/default/green","replicas":1}"#
                for foreign in [
                    ["-H", "Origin: http://evil.example"], ["-H", "Host: evil.example"],
                    ["-H", "Sec-Fetch-Site: same-site"],
                ] {
                    let ran = try run(
                        "curl",
                        [
                            "-s", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", "-b", cookie, "-H",
                            "Content-Type: application/json",
                        ]
                            + foreign + ["-d", scale, "\(root)/act"])
                    #expect(ran.output == "403", "\(foreign): \(ran)")
                }
                let form = try Self.curl("-b", cookie, "-d", scale, "\(root)/act")
                #expect(form.output.hasSuffix("\n415"), "\(form)")
                let pods = try lab.pods("version", "green")
                #expect(pods.count == 2, "nothing was done")
            }
        }

        @Test func `who does not read the story is cut off and told so, and no file with a Secret is told`() throws {
            let lab = try LabUnderTest(file: "blue-green.yaml")
            let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {word: swordfish}\n---\n"
            try Self.withFolder { folder in
                let file = "\(folder)/secret.yaml"
                try (secret + deployment("other", replicas: 1)).write(toFile: file, atomically: true, encoding: .utf8)
                #expect(try lab.lab("apply", "-f", file).code == 0)
            }
            try Self.withPage(lab) { root, token in
                let story = Process()
                let output = Pipe()
                story.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
                story.arguments = [
                    "-s", "-N", "-m", "50", "-H", "Accept: application/x-ndjson", "-b", "lab-\(lab.name)=\(token)",
                    "\(root)/story",
                ]
                story.standardOutput = output
                try story.run()
                try Self.withFolder { folder in
                    try Data(repeating: 0x61, count: 900_000).write(to: URL(fileURLWithPath: "\(folder)/large"))
                    // More than may wait, and than the sockets on the way take.
                    for number in 0..<36 {
                        _ = try lab.kubectlText(
                            "create", "configmap", "large-\(number)", "--from-file", "\(folder)/large")
                    }
                }
                let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                story.waitUntilExit()
                let lines = told.split(separator: "\n")
                #expect(story.terminationStatus == 0, "the daemon ended it")
                #expect(lines.last?.contains("\"reason\":\"behind\"") == true, "\(lines.last?.prefix(200) ?? "")")
                #expect(lines.count { $0.contains("\"kind\":\"source\"") } == 1)
                #expect(!told.contains("swordfish"))
                #expect(lines.contains { $0.contains("Deployment/default/other") })
                #expect(try lab.lab("status").code == 0)
            }
        }

        @Test func `buttons do what the commands do that they show, and the story tells of it`() throws {
            let lab = try LabUnderTest(file: "blue-green.yaml")
            try Self.withPage(lab) { root, token in
                let cookie = "lab-\(lab.name)=\(token)"
                func act(_ body: String, _ query: String = "") throws -> NSDictionary {
                    let ran = try run(
                        "curl",
                        [
                            "-s", "-m", "9", "-b", cookie, "-H", "Origin: \(root)", "-H",
                            "Content-Type: application/json", "-d", body, "\(root)/act\(query)",
                        ])
                    return try #require(
                        JSONSerialization.jsonObject(with: Data(ran.output.utf8)) as? NSDictionary, "\(ran)")
                }
                let scale = #"{"action":"scale","object":"Deployment/default/green","replicas":3}"#
                let dry = try act(scale, "?dry=1")
                #expect(dry["command"] as? String == "kubectl -n default scale deployment/green --replicas=3")
                #expect(try lab.pods("version", "green").count == 2)
                #expect(try act(scale)["ok"] as? Bool == true)
                try lab.eventually("three Pods of green") { try lab.pods("version", "green").count == 3 }
                let refused = try act(#"{"action":"scale","object":"Deployment/default/none","replicas":3}"#)
                #expect(refused["ok"] as? Bool == false)
                #expect((refused["message"] as? String ?? "").contains("not found"), "\(refused)")
                #expect(try act(#"{"action":"dance"}"#)["ok"] as? Bool == false)
                // The story, while requests are made.
                let story = Process()
                let output = Pipe()
                story.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
                story.arguments = ["-s", "-N", "-m", "4", "-b", cookie, "\(root)/story"]
                story.standardOutput = output
                try story.run()
                usleep(800_000)
                let asked = try act(
                    #"{"action":"curl","url":"http://203.0.113.1/","from":"outside-visitor","count":20}"#)
                #expect(asked["ok"] as? Bool == true, "\(asked)")
                #expect(
                    asked["command"] as? String
                        == "lab exec outside/visitor -- sh -c 'for i in $(seq 20); do curl -s http://203.0.113.1/; done'"
                )
                let events = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                story.waitUntilExit()
                let data = events.split(separator: "\n").filter { $0.hasPrefix("data: ") }
                #expect(data.first?.contains("\"kind\":\"lab\"") == true)
                #expect(
                    data.count { $0.contains("\"kind\":\"request\"") && $0.contains("\"outcome\":\"answered\"") } == 20)
                #expect(data.contains { $0.contains("\"kind\":\"connection\"") })
                let counted = data.last { $0.contains("\"kind\":\"counters\"") && $0.contains("default/web") }
                #expect(counted != nil, "the counters are told")
                // Who comes again gets what came since, and no opening.
                let ids = events.split(separator: "\n").filter { $0.hasPrefix("id: ") }
                #expect(ids.count == data.count)
            }
        }
    }
}
