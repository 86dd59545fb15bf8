// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Scenarios
import Testing

@Suite struct ScenarioReadingTests {
    private static let blueGreen = """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app: web}, ports: [{port: 80}]}
        ---
        apiVersion: lab/v1
        kind: Scenario
        metadata: {name: blue-green}
        spec:
          title: Traffic moves
          lab: {nodes: 2}
          modes: [nftables]
          requires: [netem, ipv6]
          timeout: 1m30s
          steps:
          - title: Only blue answers
            note: Watch the names.
            request: {from: host, url: "http://web.default:80/", count: 40}
            expect:
            - status: 200
              latency: {p99: 20ms}
            - answeredBy: {selector: "version=blue", even: true}
          - background: {name: clients, request: {from: node-1, url: "http://web/", rate: 200/s}}
          - patch: {object: service/web, patch: {spec: {selector: {version: green}}}}
            within: 5s
            for: 250ms
            expect:
            - request: {from: {selector: app=client, namespace: shop}, url: "http://${clusterIP:web}", count: 20}
              answeredBy: [web-1, web-2]
            - background: clients
              failures: 0
              count: ">= 100"
          - stop: clients
        """

    @Test func `a scenario is read with everything it says`() throws {
        let scenario = try #require(try Reading.scenarios(Self.blueGreen, file: "Labs/bg.yaml").first)
        #expect(scenario.name == "blue-green")
        #expect(scenario.title == "Traffic moves")
        #expect(scenario.lab == ["nodes": 2])
        #expect(scenario.modes == [.nftables])
        #expect(scenario.requires == [.netem, .ipv6])
        #expect(scenario.timeout == .seconds(90))
        #expect(scenario.place.description == "Labs/bg.yaml:6:1")
        #expect(scenario.steps.count == 4)
    }

    @Test func `a step knows its action, its checks and where they stand`() throws {
        let scenario = try #require(try Reading.scenarios(Self.blueGreen).first)
        let first = scenario.steps[0]
        var request = WebRequest(from: .host, url: "http://web.default:80/")
        request.pace = Pace(count: 40)
        #expect(first.action == .request(request))
        #expect(first.note == "Watch the names.")
        #expect(first.place.position.line == 16)
        #expect(first.checks.map(\.place.position.line) == [20, 22])
        #expect(first.checks[0].subject == .action)
        #expect(first.checks[0].tests == [.status(.equals(200)), .latency(.p99, atMost: .milliseconds(20))])
        let patch = scenario.steps[2]
        #expect(patch.within == .seconds(5))
        #expect(patch.holding == .milliseconds(250))
        #expect(patch.checks.count == 2)
        #expect(patch.checks[1].subject == .background("clients"))
        #expect(patch.checks[1].tests == [.failures(.equals(0)), .count(Expectation([.atLeast(100)]))])
    }

    @Test func `background traffic has no count unless it is given one`() throws {
        let scenario = try #require(try Reading.scenarios(Self.blueGreen).first)
        guard case .background(let background) = scenario.steps[1].action,
            case .request(let request) = background.traffic
        else {
            Issue.record("no background traffic")
            return
        }
        #expect(request.pace.count == nil)
        #expect(request.pace.rate == 200)
        #expect(request.from == .node("node-1"))
    }

    @Test(arguments: [
        ("sleep: 1s", "Let 1 s pass"), ("scale: {object: deployment/web, replicas: 0}", "Scale deployment/web to 0"),
        ("link: {of: pod/web-1, state: cut}", "Cut the link of pod/web-1"),
        (
            "link: {of: node-2, direction: out, delay: 100ms, loss: 10%}",
            "On what node-2 sends: delay 100 ms, lose 10 %"
        ),
        ("kill: {selector: app=web}", "Kill the Pods with app=web with SIGKILL"),
        ("set: {proxyMode: iptables}", "Switch the proxy mode to iptables"),
        ("exec: {in: edge, command: ip route}", "Run in edge: ip route"),
        ("conntrack: {node: node-1, fill: 90%}", "Fill conntrack of node-1 to 90 %"),
        ("wait: {object: pod/a, condition: Ready}", "Wait until pod/a is Ready"),
    ]) func `a step without a title says what it does`(step: String, title: String) throws {
        #expect(try Reading.step(step).title == title)
    }

    @Test func `every action is read`() throws {
        let steps = [
            "apply: {file: a.yaml}", "apply: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
            "patch: {object: node/node-1, type: merge, patch: {metadata: {labels: {a: b}}}}",
            "label: {object: pod/a, labels: {a: b, c: null}}", "scale: {object: sts/a, replicas: 2}",
            "delete: {kind: pods, selector: app=a, gracePeriod: 0s}", "rollout: {object: ds/a, action: undo}",
            "exec: {in: pod/a, container: c, command: [a, b], input: c}",
            "wait: {kind: pod, selector: app=a, jsonPath: \"{.status.phase}\", value: Running}",
            "request: {from: outside/a, url: \"https://a:443/\", connections: keepAlive}",
            "udp: {from: host, to: \"a:53\", sourcePort: keep}", "dns: {from: host, name: a, type: AAAA}",
            "background: {name: a, dns: {from: host, name: a}}", "sleep: 1s", "kill: {pod: a}",
            "freeze: {node: node-1}",
            "thaw: {pod: shop/a}", "node: {name: node-2, state: down}", "link: {of: outside/a, state: up}",
            "flush: {node: node-1}", "proxy: {state: stopped}", "nameServer: {pod: kube-dns-1, state: running}",
            "conntrack: {node: node-3, fill: 0.5}", "daemon: kill", "set: {proxyMode: none}",
        ]
        let lab = "---\napiVersion: lab/v1\nkind: Lab\nspec: {external: [{name: a, address: 198.51.100.7}]}\n"
        for step in steps {
            let text = Reading.head + "  steps:\n  - " + step + "\n" + lab
            #expect(Reading.faults(text) == [], "\(step)")
            #expect(try Reading.scenarios(text).first?.steps.first?.action != nil, "\(step)")
        }
    }

    @Test func `labels are removed by null, or as kubectl has it`() throws {
        guard
            case .label(let label) = try Reading.step("label: {object: pod/a, labels: {a: b, c: null, d-: null}}")
                .action
        else {
            Issue.record("no label")
            return
        }
        #expect(label.labels == (["a": "b", "c": nil, "d": nil] as [String: String?]))
    }

    @Test func `an entry of expect with several things to look at is as many checks`() throws {
        let entry = "{status: 200, object: {object: pod/a, exists: true}, rules: {node: node-1, lacks: DROP}}"
        let checks = try Reading.checks(entry)
        #expect(checks.count == 3)
        #expect(checks[0].subject == .action)
        #expect(checks[1].tests == [.exists(true)])
        #expect(checks[2].subject == .rules(node: "node-1"))
    }

    @Test func `labs leave scenarios out of what they bring up`() throws {
        let documents = try Manifest.read(Array(Self.blueGreen.utf8), file: "x.yaml")
        let read = try LabConfiguration.read(documents)
        #expect(read.rest.map(\.object.kind) == ["Service"])
    }

    @Test func `a scenario's lab goes over the file's`() throws {
        let text =
            Reading.head + "  lab: {nodes: 2}\n  steps: [{sleep: 1s}]\n---\napiVersion: lab/v1\nkind: Lab\n"
            + "metadata: {name: l}\nspec: {nodes: 5, egress: false}\n"
        let documents = try Manifest.read(Array(text.utf8), file: "x.yaml")
        let lab = try #require(try Scenario.read(documents).first).lab(of: documents)
        #expect(lab.name == "l")
        #expect(lab.spec == ["nodes": 2, "egress": false])
    }

    @Test func `files beside the scenario are known`() throws {
        let scenario = try Reading.scenario("  manifests: [a.yaml]\n  steps: [{apply: {file: b.yaml}}]\n")
        #expect(scenario.files == ["a.yaml", "b.yaml"])
    }

    @Test func `all mistakes are told at once, in the order of the file`() {
        let text = Reading.head + "  tittle: a\n  timeout: 5\n  steps:\n  - sleep: soon\n  - stop: nobody\n"
        let faults = Reading.faults(text)
        #expect(faults.map { $0.prefix(12) } == ["x.yaml:5:3: ", "x.yaml:6:3: ", "x.yaml:8:5: ", "x.yaml:9:5: "])
    }
}
