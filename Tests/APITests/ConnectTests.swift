// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Kubernetes
import Testing

@Suite struct ConnectTests {
    private static let pods = "/api/v1/namespaces/default/pods"
    private static let upgrade = ["upgrade": "websocket", "connection": "Upgrade"]
    private static let ready: Value = [
        "status": [
            "phase": "Running", "podIP": "10.244.0.5", "conditions": [["type": "Ready", "status": "True"]],
            "containerStatuses": [
                ["name": "a", "state": ["running": .object([:])]],
                ["name": "b", "state": ["waiting": ["reason": "ContainerCreating"]]],
            ],
        ]
    ]

    /// Pods that run on a node: `one` with one container, `two` with two.
    private func fixture() throws -> APIFixture {
        var fixture = try APIFixture()
        let all = [
            ("one", "{name: a, image: i, ports: [{containerPort: 8080}]}"),
            ("two", "{name: a, image: i}, {name: b, image: i}"),
        ]
        for (name, containers) in all {
            try fixture.make(
                Self.pods,
                """
                {metadata: {name: \(name), labels: {app: \(name)}}, spec: {nodeName: node-1, containers: [\(containers)]}}
                """)
            try fixture.value(
                .patch, "\(Self.pods)/\(name)/status", Self.ready, type: "application/strategic-merge-patch+json")
        }
        return fixture
    }

    private func connection(_ fixture: inout APIFixture, _ url: String) throws -> Connection {
        guard case .connect(let connection) = fixture.send(.get, url, nil, headers: Self.upgrade) else {
            throw APIFixture.Unexpected(what: "\(url) is no connection")
        }
        return connection
    }

    @Test func `a command goes to the container, with the streams that are wanted`() throws {
        var fixture = try fixture()
        let url = Self.pods + "/one/exec?command=ls&command=-l&stdin=true&stdout=true&tty=true&stderr=true"
        var streams = Connection.Streams()
        (streams.input, streams.output, streams.terminal) = (true, true, true)
        let expected = Connection(
            ObjectKey("Pod", "default", "one"), container: "a", .exec(command: ["ls", "-l"], streams))
        #expect(try connection(&fixture, url) == expected)
    }

    @Test(arguments: [
        ("two/exec?command=ls&stdout=true", "a container name must be specified for pod two, choose one of: [a b]"),
        ("one/exec?command=ls&stdout=true&container=x", "container x is not valid for pod one"),
        ("one/exec?stdout=true", "you must specify a command for the container"),
        ("one/exec?command=ls", "you must specify at least 1 of stdin, stdout, stderr"),
        ("two/log", "a container name must be specified for pod two, choose one of: [a b]"),
        ("two/log?container=b", #"container "b" in pod "two" is waiting to start: ContainerCreating"#),
        ("one/log?previous=true", #"previous terminated container "a" in pod "one" not found"#),
        ("one/log?sinceTime=yesterday", #"parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse"#),
        ("one/portforward?ports=x", #"query parameter "ports" must be a port: x"#),
    ])
    func `what cannot be connected is refused in a real server's words`(_ path: String, _ message: String) throws {
        var fixture = try fixture()
        let value = try fixture.value(.get, "\(Self.pods)/\(path)", headers: Self.upgrade, status: 400)
        #expect(value["message"] == .string(message))
    }

    @Test func `a session needs an upgrade`() throws {
        var fixture = try fixture()
        try fixture.value(.get, Self.pods + "/one/exec?command=ls&stdout=true", status: 400)
        try fixture.value(.delete, Self.pods + "/one/exec", status: 405)
    }

    @Test func `a log has its options`() throws {
        var fixture = try fixture()
        let url = Self.pods + "/one/log?follow=true&tailLines=5&limitBytes=100&timestamps=true&sinceSeconds=60"
        guard case .log(let options) = try connection(&fixture, url).purpose else { return #expect(Bool(false)) }
        #expect(options.follows && options.timestamps && !options.previous)
        #expect(options.tailLines == 5 && options.limitBytes == 100)
        #expect(options.since?.seconds == fixture.now.seconds - 60)
        try fixture.value(.get, Self.pods + "/one/log?tailLines=-1", status: 422)
        try fixture.value(.get, Self.pods + "/one/log?sinceSeconds=9223372036854775807999", status: 400)
    }

    @Test func `a Pod's proxy takes the rest of the path as it was sent`() throws {
        var fixture = try fixture()
        let url = Self.pods + "/https:one:8443/proxy/a%2Fb/c?x=1&y=a%20b&z"
        guard case .proxy(let proxy) = try connection(&fixture, url).purpose else { return #expect(Bool(false)) }
        #expect(proxy.isTLS && proxy.port == 8443)
        #expect(proxy.target == "/a%2Fb/c?x=1&y=a%20b&z")
        #expect(proxy.prefix == Self.pods + "/https:one:8443/proxy")
        guard case .proxy(let first) = try connection(&fixture, Self.pods + "/one/proxy/").purpose else {
            return #expect(Bool(false))
        }
        #expect(first.port == 8080 && first.target == "/")
    }

    @Test func `without a slash a proxy sends the client there first`() throws {
        var fixture = try fixture()
        let answer = try fixture.answer(.get, Self.pods + "/one/proxy?a=b")
        #expect(answer.status == 301)
        #expect(answer.headers["Location"] == Self.pods + "/one/proxy/?a=b")
    }

    @Test func `a Service's proxy goes to a ready endpoint, by the port's name or number`() throws {
        var fixture = try fixture()
        try fixture.make(
            APIFixture.services,
            """
            {metadata: {name: web}, spec: {selector: {app: one}, ports: [{name: http, port: 80, targetPort: 8080}]}}
            """)
        for name in ["web", "web:80", "web:http", "http:web:80"] {
            let found = try connection(&fixture, "\(APIFixture.services)/\(name)/proxy/x")
            #expect(found.key == ObjectKey("Pod", "default", "one"))
            guard case .proxy(let proxy) = found.purpose else { return #expect(Bool(false)) }
            #expect(proxy.port == 8080)
        }
        let none = try fixture.value(.get, APIFixture.services + "/web:81/proxy/", status: 503)
        #expect(none["message"] == "no service port 81 found for service \"web\"")
        try fixture.make(APIFixture.services, "{metadata: {name: empty}, spec: {ports: [{port: 80}]}}")
        let empty = try fixture.value(.get, APIFixture.services + "/empty/proxy/", status: 503)
        #expect(empty["message"] == "no endpoints available for service \"empty\"")
        #expect(empty["reason"] == "ServiceUnavailable")
        try fixture.value(.get, APIFixture.services + "/a:b:c:d/proxy/", status: 400)
    }

    @Test func `a node answers for its Pods`() throws {
        var fixture = try fixture()
        #expect(try fixture.answer(.get, "/api/v1/nodes/node-1/proxy/healthz").text == "ok")
        let list = try fixture.value(.get, "/api/v1/nodes/node-1/proxy/pods")
        let names = list["items"]?.elements.compactMap { $0["metadata"]?["name"]?.string } ?? []
        #expect(Set(names).isSuperset(of: ["one", "two"]))
        #expect(try connection(&fixture, "/api/v1/nodes/node-1:9100/proxy/m").key == ObjectKey("Node", "", "node-1"))
        try fixture.value(.get, "/api/v1/nodes/nobody/proxy/healthz", status: 404)
    }

    @Test func `a Pod is bound, and evicted when its budget allows it`() throws {
        var fixture = try APIFixture(nodes: 0)
        try fixture.make(
            Self.pods, "{metadata: {name: p, labels: {app: p}}, spec: {containers: [{name: c, image: i}]}}")
        let binding: Value = ["metadata": ["name": "p"], "target": ["kind": "Node", "name": "node-9"]]
        #expect(try fixture.value(.post, Self.pods + "/p/binding", binding, status: 201)["status"] == "Success")
        #expect(try fixture.value(.get, Self.pods + "/p")["spec"]?["nodeName"] == "node-9")
        try fixture.value(.post, Self.pods + "/p/binding", binding, status: 409)
        try fixture.make(
            "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
            """
            {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b},
             spec: {minAvailable: 1, selector: {matchLabels: {app: p}}}}
            """)
        try fixture.value(
            .patch, Self.pods + "/p/status", Self.ready, type: "application/strategic-merge-patch+json")
        let eviction: Value = ["metadata": ["name": "p"]]
        #expect(
            try fixture.value(.post, Self.pods + "/p/eviction", eviction, status: 429)["reason"] == "TooManyRequests")
        try fixture.value(.delete, "/apis/policy/v1/namespaces/default/poddisruptionbudgets/b")
        try fixture.value(.post, Self.pods + "/p/eviction", eviction, status: 201)
    }
}
