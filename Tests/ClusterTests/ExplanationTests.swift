// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// What is told of connections, as a table: manifest, question, answer.
@Suite struct ExplanationTests {
    private func explanation(_ row: Row) throws -> Explanation {
        var lab = try Fixture()
        try lab.apply(Text.all(row.service, row.pods))
        lab.cluster.assumeRunning(unready: row.unready, now: lab.now)
        let service = try? lab.service("web")
        let nodePort = service?.ports.first?.nodePort.map { ":\($0)" } ?? ""
        let to = row.to.hasSuffix(" PORT") ? row.to.dropLast(5) + nodePort : row.to
        return try lab.cluster.explain(Question(from: row.from, to: to, transport: row.transport))
    }

    @Test(arguments: delivered)
    func `what arrives is told with whom it reaches`(_ row: Row) throws {
        let explanation = try explanation(row)
        #expect(explanation.headline == row.answer)
        #expect(explanation.answer == .delivered)
        let remarks = explanation.remarks.map(\.text)
        for text in row.beside { #expect(remarks.contains(text), "among \(remarks)") }
    }

    @Test(arguments: failing)
    func `what does not arrive is told with its cause, back to the line of the manifest`(_ row: Row) throws {
        let explanation = try explanation(row)
        #expect(explanation.headline.hasPrefix(row.answer), "\(explanation.headline)")
        #expect(explanation.answer != .delivered)
        #expect(explanation.ways.allSatisfy { $0.socket == nil || explanation.answer == .refused })
    }

    // MARK: What changes in a running lab

    private func shop() throws -> Fixture {
        var lab = try Fixture()
        try lab.apply(Text.all(Sample.service(), Sample.pods))
        lab.cluster.assumeRunning(now: lab.now)
        return lab
    }

    @Test(arguments: ["10.244.2.2", "host"])
    func `without a proxy nobody takes what is sent to a Service`(_ from: String) throws {
        var configuration = try Fixture.configuration()
        configuration.proxyMode = .none
        let now = Timestamp(seconds: 1_800_000_000)
        var cluster = Cluster(configuration, seed: 1, now: now)
        let manifest = Text.all(Sample.service("LoadBalancer"), Sample.pods)
        _ = try cluster.apply(try Manifest.read(Array(manifest.utf8), file: "test.yaml"), now: now)
        cluster.assumeRunning(now: now)
        for to in ["service/web", "203.0.113.1:80"] {
            let explanation = try cluster.explain(Question(from: from, to: to))
            #expect(explanation.remarks.first == .noProxy, "\(to): \(explanation.headline)")
            #expect(explanation.answer != .delivered)
        }
    }

    @Test func `a failing readiness probe is named with what it heard last`() throws {
        var lab = try Fixture()
        let probe = "readinessProbe: {httpGet: {path: /readyz, port: 8080}}"
        let pod = Text.pod("a").replacing("image: img,", with: "image: img, \(probe),")
        try lab.apply(Text.all(Sample.service(), pod, Text.pod("client", labels: "app: client")))
        let key = ObjectKey("Pod", "default", "a")
        lab.cluster.assumeRunning(unready: [key], now: lab.now)
        let now = lab.now
        lab.cluster.update(key, now: now) { object in
            object.value["status", "containerStatuses"] = [["name": "c", "ready": false]]
            object.set(Condition("Ready", false, reason: "ContainersNotReady", message: "x"), now: now)
        }
        lab.cluster.record(
            EventNote(
                .warning, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", about: key,
                from: "kubelet"), now: now)
        lab.settle()
        let told = try lab.cluster.explain(Question(from: "pod/client", to: "http://web")).headline
        #expect(
            told == "refused: no endpoints: 1 Pod matches, none is ready: readiness probe HTTP GET :8080/readyz fails "
                + "(HTTP probe failed with statuscode: 503)")
    }

    @Test func `a node that does not answer takes what needs it with it, and nothing else`() throws {
        var lab = try shop()
        let now = lab.now
        lab.cluster.setNode("node-1", isReachable: false, now: now)
        lab.settle()
        let gone = try lab.cluster.explain(Question(from: "pod/client", to: "pod/a:8080"))
        #expect(gone.headline == "dropped: node-1 is cut off and does not answer")
        let there = try lab.cluster.explain(Question(from: "pod/client", to: "http://web"))
        #expect(there.headline == "delivered: to Pod b of Service default/web")
        #expect(there.remarks.map(\.text).contains("left out: 1 Pod: node-1 does not answer"))
    }

    @Test func `the answer of a Pod that shares the selector in another namespace is a hint`() throws {
        var lab = try Fixture()
        let pod = Text.pod("far").replacing("name: far,", with: "name: far, namespace: other,")
        let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}"
        try lab.apply(Text.all(Sample.service(), Text.pod("client", labels: "role: client"), namespace))
        lab.cluster.assumeRunning(now: lab.now)
        try lab.apply(pod)
        lab.cluster.assumeRunning(now: lab.now)
        let told = try lab.cluster.explain(Question(from: "pod/client", to: "http://web")).headline
        #expect(told.hasSuffix("matches no Pod; nearest: app=web on 1 Pod in namespace other"))
    }

    // MARK: Places

    @Test(arguments: [
        ("nod-1", "http://web", "there is no place nod-1; is it node-1?"),
        ("pod/clinet", "http://web", "there is no Pod clinet; is it client?"),
        ("deploy/web", "http://web", "there is no Deployment web"),
        ("10.244.9.9", "http://web", "nobody in the lab has the address 10.244.9.9"),
        ("pod/client", "http://wbe", "no Service has the name wbe; is it web?"),
        ("pod/client", "web.defualt:80", "no Service has the name web.defualt; is it web.default?"),
        ("pod/client", "web:htp", "Service default/web has no port named htp; is it http?"),
        ("pod/client", "web:70000", "\"web:70000\": a port is a number from 1 to 65535, or a name"),
        ("pod/client", "172.18.0.2", "\"172.18.0.2\": which port? write 172.18.0.2:PORT"),
        ("pod/client", "pod/a/b/c:80", "\"pod/a/b/c:80\" names no destination"),
        ("pod/other/client", "http://web", "there is no namespace other"),
        ("", "http://web", "\"\" is no place"),
        ("pod/client", "", "\"\" names no destination"),
        ("pod/client", "[::1:80", "\"[::1:80\" names no destination"),
    ])
    func `a place that is none is told with what is near`(_ from: String, _ to: String, _ text: String) throws {
        let lab = try shop()
        var told = ""
        do throws(QuestionError) { _ = try lab.cluster.explain(Question(from: from, to: to)) } catch {
            told = error.description
        }
        #expect(told.hasPrefix(text), "\(told)")
    }

    @Test(arguments: [
        "host", "edge", "node-3", "node/node-3", "pod/client", "client", "default/client", "pod/default/client",
        "10.244.2.2", "172.18.0.4", "172.18.0.254",
    ])
    func `a connection begins at each kind of place`(_ from: String) throws {
        let explanation = try shop().cluster.explain(Question(from: from, to: "service/web:http"))
        #expect(explanation.answer == .delivered)
        #expect(explanation.ways.count == 2)
    }

    @Test(arguments: [
        "http://web/path?query#fragment", "http://user@web:80", "web.default", "web.default.svc",
        "web.default.svc.cluster.local.", "svc/web:80", "service/default/web", "pod/default/a:8080", "pod/a",
        "10.244.0.2:8080",
        "tcp://web:http", "WEB:80",
    ])
    func `a connection ends at each kind of place`(_ to: String) throws {
        #expect(try shop().cluster.explain(Question(from: "pod/client", to: to)).answer == .delivered)
    }

    @Test func `a short name is looked for in the Pod's own namespace`() throws {
        var lab = try shop()
        let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: far}"
        let pod = Text.pod("stranger").replacing("name: stranger,", with: "name: stranger, namespace: far,")
        try lab.apply(namespace)
        lab.settle()
        try lab.apply(pod)
        lab.cluster.assumeRunning(now: lab.now)
        #expect(throws: QuestionError.self) {
            try lab.cluster.explain(Question(from: "pod/stranger", to: "web:80"))
        }
        #expect(try lab.cluster.explain(Question(from: "pod/stranger", to: "web.default:80")).answer == .delivered)
        #expect(try lab.cluster.explain(Question(from: "host", to: "web:80")).answer == .delivered)
    }

    // MARK: Numbers

    @Test func `ways that end alike are one, with the sum of their shares`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.deployment(replicas: 3), Text.service(type: "LoadBalancer")))
        lab.cluster.assumeRunning(now: lab.now)
        let explanation = try lab.cluster.explain(
            Question(from: "host", to: "203.0.113.1:80"), keepsJourneys: true)
        #expect(explanation.outcomes.map(\.share.description) == ["1"])
        #expect(explanation.outcomes.map(\.count) == [explanation.journeys.count])
        #expect(explanation.journeys.count == 9)
        let total = explanation.ways.reduce(into: Share.none) { $0 += $1.share }
        #expect(total.description == "1")
    }

    @Test func `the reply is put back to what the client asked, by whoever translated`() throws {
        let explanation = try shop().cluster.explain(Question(from: "node-3", to: "service/web"))
        let reply = explanation.remarks.compactMap { remark in
            if case .reply(_, _, let source, let isUnderstood) = remark { (source, isUnderstood) } else { nil }
        }
        #expect(reply.map(\.1) == [true])
        #expect(reply.first?.0 == explanation.targets.first?.socket)
    }

    @Test func `what JSON has is named for scripts`() throws {
        let value = try shop().cluster.explain(Question(from: "pod/client", to: "http://web")).value()
        #expect(value["answer"] == "delivered")
        #expect(value["protocol"] == "tcp")
        #expect(value["from", "namespace"] == "default/client")
        #expect(value["names"]?.elements.first?["name"] == "web.default.svc.cluster.local")
        #expect(value["to", "targets"]?.elements.first?["kind"] == "clusterAddress")
        let ways = value["ways"]?.elements ?? []
        #expect(ways.compactMap { $0["pod"]?.string }.sorted() == ["default/a", "default/b"])
        #expect(ways.allSatisfy { $0["outcome"] == "delivered" && $0["probability"] == "1/2" })
        let hops = value["outcomes"]?.elements.first?["journey", "hops"]?.elements ?? []
        #expect(hops.contains { $0["action"] == "dnat" && $0["namespace"] == "node-3" })
        #expect(hops.contains { $0["rule"]?["because"]?["location"] == "test.yaml:7" })
        #expect(value["remarks"]?.elements.first?["remark"] == "delivered")
    }

    @Test func `ten thousand endpoints are told in summary`() throws {
        var lab = try Fixture()
        let endpoints = (0..<10_000).map { "{addresses: [10.244.\($0 / 250).\($0 % 250 + 2)]}" }
        let slices = stride(from: 0, to: 10_000, by: 1000).map { start in
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: web-\(start), labels: {kubernetes.io/service-name: web}}
            addressType: IPv4
            ports: [{name: http, port: 8080}]
            endpoints: [\(endpoints[start..<(start + 1000)].joined(separator: ", "))]
            """
        }
        try lab.apply(([Sample.service(selector: "{}")] + slices).joined(separator: "\n---\n"))
        lab.cluster.assumeRunning(now: lab.now)
        let started = ContinuousClock.now
        let explanation = try lab.cluster.explain(Question(from: "node-1", to: "service/web"))
        #expect(ContinuousClock.now - started < .seconds(60))
        #expect(explanation.outcomes.reduce(0) { $0 + $1.count } == 10_000)
        #expect(explanation.outcomes.count <= 4)
        #expect(explanation.remarks.allSatisfy { $0.text.count < 400 })
    }
}
