// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// An isolated lab that a test brings up, asks and takes down.
final class LabUnderTest: Sendable {
    let name: String

    /// Brings up a lab from a manifest's text.
    init(_ manifest: String, nodes: Int? = nil, options: [String] = []) throws {
        name = "test-\(UInt32.random(in: 0..<1_000_000))"
        let arguments =
            ["up", "-", "--isolated", "--name", name, "--timeout", "50", "-o", "json"]
            + (nodes.map { ["--nodes", "\($0)"] } ?? []) + options
        let ran = try LabProgram.run(arguments, input: manifest)
        guard ran.code == 0 else {
            _ = try? LabProgram.run(["down", name])
            throw Failure(description: "lab up: \(ran)")
        }
    }

    /// Takes it down before its time.
    func down() throws { _ = try LabProgram.run(["down", name]) }

    deinit { _ = try? LabProgram.run(["down", name]) }

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Runs a command that speaks to this lab.
    @discardableResult
    func lab(_ arguments: String..., input: String? = nil) throws -> Ran {
        try LabProgram.run(arguments + ["--lab", name], input: input)
    }

    /// Runs a command in a place of the lab.
    @discardableResult
    func exec(_ place: String, _ command: String..., seconds: Int = 60) throws -> Ran {
        try LabProgram.run(["exec", place, "--lab", name, "--"] + command, seconds: seconds)
    }

    /// Runs the machine's kubectl against this lab.
    @discardableResult
    func kubectl(_ arguments: String..., input: String? = nil, seconds: Int = 60) throws -> Ran {
        try LabProgram.run(["kubectl", "--lab", name] + arguments, seconds: seconds, input: input)
    }

    /// What kubectl prints; a failure fails the test.
    func kubectlText(_ arguments: String..., input: String? = nil, seconds: Int = 60) throws -> String {
        let ran = try LabProgram.run(["kubectl", "--lab", name] + arguments, seconds: seconds, input: input)
        guard ran.code == 0 else { throw Failure(description: "kubectl \(arguments.joined(separator: " ")): \(ran)") }
        return ran.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A lab from one of the files in `Labs`.
    convenience init(file: String) throws {
        try self.init(try String(contentsOfFile: "\(LabProgram.root)/Labs/\(file)", encoding: .utf8))
    }

    /// Runs a command of several words in a place of the lab.
    @discardableResult
    func exec(_ place: String, _ command: [String], seconds: Int = 60) throws -> Ran {
        try LabProgram.run(["exec", place, "--lab", name, "--"] + command, seconds: seconds)
    }

    /// Asks a URL once from a place: the body, or the reason why there is none.
    func curl(_ url: String, from place: String = "host") throws -> String {
        let ran = try exec(place, "curl", "-sS", "-m", "3", url)
        return ran.code == 0 ? ran.output : "error \(ran.code)"
    }

    /// Asks a URL so many times, each over a connection of its own, and counts the different answers.
    func answers(_ url: String, count: Int, from place: String = "host") throws -> [String: Int] {
        let ran = try exec(
            place, "curl", "-sS", "-m", "60", "--no-keepalive", "-H", "Connection: close", "\(url)/?n=[1-\(count)]")
        #expect(ran.code == 0, "a request failed: \(ran.errors.prefix(500))")
        var counts: [String: Int] = [:]
        for line in ran.lines { counts[line, default: 0] += 1 }
        // curl's code is that of its last request.
        let answered = ran.lines.count { $0.hasPrefix("Hello from Pod") }
        #expect(answered == count, "a request failed: \(ran.errors.prefix(500))")
        return counts
    }

    /// `lab status -o json`.
    func status() throws -> [String: Any] {
        let ran = try lab("status", "-o", "json")
        guard let value = ran.json as? [String: Any] else { throw Failure(description: "lab status: \(ran)") }
        return value
    }

    /// The Pods without the lab's own name servers, with a label's value if one is asked for.
    func pods(_ label: String? = nil, _ value: String? = nil) throws -> [[String: Any]] {
        let all = try status()["pods"] as? [[String: Any]] ?? []
        let pods = all.filter { ($0["labels"] as? [String: String])?["k8s-app"] != "kube-dns" }
        guard let label, let value else { return pods }
        return pods.filter { ($0["labels"] as? [String: String])?[label] == value }
    }

    /// One Service of the report.
    func service(_ name: String) throws -> [String: Any] {
        let services = try status()["services"] as? [[String: Any]] ?? []
        guard let found = services.first(where: { $0["name"] as? String == name }) else {
            throw Failure(description: "there is no Service \(name)")
        }
        return found
    }

    /// A Service's node port, from `80:30080/TCP`.
    func nodePort(_ name: String, index: Int = 0) throws -> String {
        let ports = try service(name)["ports"] as? String ?? ""
        let port = ports.split(separator: ",")[index]
        return String(port.split(separator: ":")[1].split(separator: "/")[0])
    }

    func clusterIP(_ name: String) throws -> String { try service(name)["clusterIP"] as? String ?? "" }

    /// The ways that a packet may take, as the walker predicts them.
    func walk(_ destination: String, from place: String = "host", transport: String = "tcp") throws -> [[String: Any]] {
        let ran = try lab("why", destination, "--from", place, "--protocol", transport, "-o", "json")
        let ways = ran.json as? [[String: Any]] ?? (ran.json as? [String: Any])?["ways"] as? [[String: Any]]
        guard let ways else { throw Failure(description: "lab why: \(ran)") }
        return ways
    }

    /// Where the walker says that connections arrive: the Pods' names without their namespace; one outcome otherwise.
    func predicted(_ destination: String, from place: String = "host", transport: String = "tcp") throws -> Set<String>
    {
        Set(
            try walk(destination, from: place, transport: transport).map { journey in
                guard journey["outcome"] as? String == "delivered" else { return journey["outcome"] as? String ?? "" }
                return String((journey["namespace"] as? String ?? "").split(separator: "/").last ?? "")
            })
    }

    /// Waits until a condition holds, asking again and again; fails the test if it does not within the time.
    func eventually(_ what: String, seconds: Double = 20, _ condition: () throws -> Bool) throws {
        let deadline = Date().addingTimeInterval(seconds)
        while Date() < deadline {
            if try condition() { return }
            usleep(20_000)
        }
        let seen = try [lab("status"), lab("observe"), run("tail", ["-n", "30", "/run/lab/\(name)/daemon.log"])]
        Issue.record("not within \(seconds) s: \(what)\n\(seen.map { $0.output + $0.errors }.joined(separator: "\n"))")
    }
}

/// The p-value test of an even split: true if a chi-square as large as this one is likelier than one in a thousand.
func isEvenSplit(_ counts: [Int]) -> Bool {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    let chiSquare = counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    // The 0.999 quantiles of the chi-square distribution for 1 to 9 degrees of freedom.
    let limits = [10.83, 13.82, 16.27, 18.47, 20.52, 22.46, 24.32, 26.12, 27.88]
    return chiSquare < limits[counts.count - 2]
}

/// A Deployment whose Pods answer on port 8080, ready at once.
func deployment(_ name: String, replicas: Int, labels: [String: String]? = nil, extra: String = "") -> String {
    let labels = (labels ?? ["app": name]).map { "\($0.key): \"\($0.value)\"" }.sorted().joined(separator: ", ")
    return """
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name)}
        spec:
          replicas: \(replicas)
          selector: {matchLabels: {\(labels)}}
          template:
            metadata: {labels: {\(labels)}}
            spec:
              \(extra.isEmpty ? "terminationGracePeriodSeconds: 5" : extra)
              containers:
              - name: web
                image: web
                ports: [{containerPort: 8080}, {containerPort: 5353, protocol: UDP, name: dns}]
                readinessProbe: {httpGet: {path: /readyz, port: 8080}, periodSeconds: 1, failureThreshold: 1}

        """
}
