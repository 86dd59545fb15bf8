// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

extension LabPrograms {
    /// `lab test` as a program: reports, exit codes, and what it leaves behind.
    @Suite struct LabTestCommandTests {
        static let good =
            #"- {title: Blue answers, request: {from: host, url: "http://web/", count: 20}, expect: [{status: 200}, {answeredBy: {selector: version=blue}}]}"#
        static let bad =
            #"- {title: "A <wish> & a hope", request: {from: host, url: "http://web/"}, expect: [{status: 204}]}"#

        @Test func `what holds passes in both modes, and nothing is left`() throws {
            let bench = try Bench()
            let file = try bench.write(
                "good.yaml", scenario("good", modes: "nftables, iptables", Self.good) + "---\n" + twoVersions)
            let ran = try bench.lab("test", file, "-j", "2")
            #expect(ran.code == 0, "\(ran)")
            #expect(ran.errors.contains("2 passed"))
            #expect(Bench.remains("t-good").isEmpty)
        }

        @Test func `reports are what their readers take`() throws {
            let bench = try Bench()
            let file = try bench.write(
                "both.yaml", scenario("good", Self.good) + scenario("bad", Self.bad) + "---\n" + twoVersions)
            let ran = try bench.lab(
                "test", file, "--report", "junit=r.xml", "--report", "tap=r.tap", "--report", "markdown=r.md",
                "--report", "jsonl=r.jsonl", "--report", "text=r.txt", "--seed", "7")
            #expect(ran.code == 1, "\(ran)")
            let parsed = try bench.run(
                "python3", "-c",
                "import sys, xml.etree.ElementTree as t; r = t.parse('\(bench.folder)/r.xml').getroot(); "
                    + "print(len(r.findall('.//testcase')), len(r.findall('.//failure')))")
            #expect(parsed.output == "2 1\n", "\(parsed)")
            let tap = try bench.text("r.tap")
            #expect(tap.contains("\nok ") && tap.contains("not ok "), "\(tap)")
            #expect(try bench.text("r.md").contains("good"))
            #expect(try bench.text("r.txt").contains("--seed 7"))
            let lines = try bench.text("r.jsonl").split(separator: "\n")
            #expect(try lines.allSatisfy { try JSONSerialization.jsonObject(with: Data($0.utf8)) is [String: Any] })
        }

        @Test func `a file that is wrong is refused with its line, and nothing is started`() throws {
            let bench = try Bench()
            let file = try bench.write(
                "wrong.yaml", scenario("wrong", "- {reqest: {from: host}}") + "---\n" + twoVersions)
            let ran = try bench.lab("test", file)
            #expect(ran.code == 2, "\(ran)")
            #expect(ran.errors.contains("wrong.yaml:10:") && ran.errors.contains("request"), "\(ran)")
            let without = try bench.write("without.yaml", twoVersions)
            #expect(try bench.lab("test", without).code == 2)
            // In a folder it is passed over.
            try FileManager.default.removeItem(atPath: file)
            _ = try bench.write("good.yaml", scenario("good", Self.good) + "---\n" + twoVersions)
            #expect(try bench.lab("test", bench.folder).code == 0)
            #expect(try bench.lab("test", "\(bench.folder)/nowhere.yaml").code == 2)
        }

        @Test(arguments: [SIGINT, SIGTERM]) func `interrupted, it takes its labs down`(_ signal: Int32) throws {
            let bench = try Bench()
            let name = "stop\(signal)"
            let file = try bench.write("stop.yaml", scenario(name, "- {sleep: 25s}") + "---\n" + twoVersions)
            let process = try bench.start(["test", file])
            #expect(Bench.eventually { (try? bench.lives("t-\(name)")) == true })
            // `timeout` hands the signal on.
            kill(process.processIdentifier, signal)
            let ran = try bench.end(process)
            #expect(ran.errors.contains("interrupted"), "\(ran)")
            #expect(Bench.remains("t-\(name)").isEmpty)
        }

        @Test func `killed, its labs go by themselves`() throws {
            let bench = try Bench()
            let file = try bench.write("killed.yaml", scenario("killed", "- {sleep: 25s}") + "---\n" + twoVersions)
            let process = try bench.start(["test", file])
            #expect(Bench.eventually { (try? bench.lives("t-killed")) == true })
            let own = try bench.run("pgrep", "-P", "\(process.processIdentifier)")
            for pid in own.output.split(separator: "\n").compactMap({ Int32($0) }) { kill(pid, SIGKILL) }
            process.waitUntilExit()
            #expect(Bench.eventually { Bench.remains("t-killed").isEmpty }, "\(Bench.remains("t-killed"))")
        }

        @Test func `a lab that is kept on failure can be entered, and goes with lab down`() throws {
            let bench = try Bench()
            let file = try bench.write("kept.yaml", scenario("kept", Self.bad) + "---\n" + twoVersions)
            let ran = try bench.lab("test", file, "--keep-on-failure")
            #expect(ran.code == 1, "\(ran)")
            let names = Bench.remains("t-kept").filter { !$0.hasPrefix("lab-") }
            let name = try #require(names.first)
            #expect(ran.errors.contains("lab down \(name)"), "\(ran)")
            #expect(
                try bench.lab("exec", "host", "--lab", name, "--", "curl", "-s", "http://web/").output.hasPrefix(
                    "Hello"))
            #expect(try bench.lab("down", name).code == 0)
            #expect(Bench.remains("t-kept").isEmpty)
        }
    }

    /// `lab run`.
    @Suite struct LabRunCommandTests {
        @Test(arguments: [0, 7]) func `the exit code is the command's`(_ code: Int) throws {
            let bench = try Bench()
            let file = try bench.write("app.yaml", twoVersions)
            let ran = try bench.lab(
                "run", file, "--name", "run-\(code)", "--", "sh", "-c",
                "curl -s http://web/ && test -r \"$KUBECONFIG\" && echo in $LAB_NAME; exit \(code)")
            #expect(ran.code == Int32(code), "\(ran)")
            #expect(ran.output.contains("Hello from Pod blue-") && ran.output.contains("in run-\(code)\n"), "\(ran)")
            #expect(Bench.remains("run-\(code)").isEmpty)
        }

        @Test func `a signal is the command's, and the lab goes`() throws {
            let bench = try Bench()
            let file = try bench.write("app.yaml", twoVersions)
            let process = try bench.start([
                "run", file, "--name", "run-signal", "--", "sh", "-c", "trap 'exit 9' TERM; echo up; sleep 60 & wait",
            ])
            #expect(Bench.eventually { (try? bench.text("out").contains("up")) == true })
            kill(process.processIdentifier, SIGTERM)
            let ran = try bench.end(process)
            // `timeout` has an exit code of its own for the signal that it was sent.
            #expect(ran.code != 0)
            #expect(Bench.remains("run-signal").isEmpty)
        }

        @Test func `a command that is not there is told, and the lab goes`() throws {
            let bench = try Bench()
            let file = try bench.write("app.yaml", twoVersions)
            let ran = try bench.lab("run", file, "--name", "run-none", "--", "no-such-program")
            #expect(ran.code == 1 && ran.errors.contains("no-such-program"), "\(ran)")
            #expect(Bench.remains("run-none").isEmpty)
        }
    }
}

extension Bench {
    /// True once the daemon of a lab whose name begins so answers.
    func lives(_ prefix: String) throws -> Bool {
        let names = Bench.remains(prefix).filter { !$0.hasPrefix("lab-") }
        return names.contains { FileManager.default.fileExists(atPath: "/run/lab/\($0)/lab.sock") }
    }
}
