// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Net
import Testing

@Suite struct ViewsTests {
    private func object(_ text: String) throws -> Object {
        try #require(try Manifest.read(Array(text.utf8), file: "a.yaml").first).object.defaulted()
    }

    @Test func `a Service is read whole`() throws {
        let service = Service(
            try object(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: shop}
                spec:
                  type: LoadBalancer
                  clusterIP: 10.96.0.10
                  selector: {app: web}
                  sessionAffinity: ClientIP
                  externalTrafficPolicy: Local
                  externalIPs: [192.0.2.1]
                  loadBalancerSourceRanges: [" 10.0.0.0/8 "]
                  ports:
                  - {name: http, port: 80, targetPort: web, nodePort: 30080}
                  - {name: dns, port: 53, protocol: UDP}
                status: {loadBalancer: {ingress: [{ip: 203.0.113.1}, {hostname: a.example, ipMode: Proxy}]}}
                """))
        #expect(service.type == .loadBalancer)
        #expect(service.clusterAddresses == [Address(10, 96, 0, 10)])
        #expect(!service.isHeadless)
        #expect(service.selector == ["app": "web"])
        #expect(service.sessionAffinityTimeout == 10800)
        #expect(service.externalTrafficPolicy == .local && service.internalTrafficPolicy == .cluster)
        #expect(service.loadBalancerSourceRanges.map(\.description) == ["10.0.0.0/8"])
        #expect(service.ports.map(\.targetPort) == [.name("web"), .number(53)])
        #expect(service.ports.map(\.nodePort) == [30080, nil])
        #expect(service.ports.map(\.transport) == [.tcp, .udp])
        #expect(service.loadBalancerIngress.map(\.ipMode) == [.vip, .proxy])
        #expect(service.loadBalancerIngress[0] == LoadBalancerIngress(Address(203, 0, 113, 1)))
    }

    @Test func `a headless Service has no virtual address, and an empty selector is none`() throws {
        let service = Service(
            try object("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIP: None, selector: {}}\n"))
        #expect(service.isHeadless && service.clusterAddresses.isEmpty && service.selector == nil)
        #expect(service.clusterIPs == ["None"])
    }

    @Test func `a Pod and its containers are read whole`() throws {
        let pod = Pod(
            try object(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: a}
                spec:
                  initContainers: [{name: side, image: i, restartPolicy: Always}]
                  containers:
                  - name: web
                    image: nginx
                    command: [sleep]
                    args: ["1"]
                    env: [{name: A, value: b}, {name: C, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
                    ports: [{name: http, containerPort: 80}]
                    readinessProbe: {httpGet: {port: http}, periodSeconds: 2}
                    livenessProbe: {exec: {command: [test]}}
                    lifecycle: {preStop: {sleep: {seconds: 5}}}
                """))
        let web = try #require(pod.containers.first)
        #expect(web.command + web.args == ["sleep", "1"])
        #expect(web.env == [EnvironmentVariable(name: "A", value: "b")])
        #expect(web.ports.map(\.containerPort) == [80])
        guard case .httpGet(let get)? = web.readinessProbe?.handler else { return #expect(Bool(false)) }
        #expect(get.port == .name("http") && get.path == "/" && get.scheme == "HTTP")
        #expect(web.readinessProbe?.periodSeconds == 2 && web.readinessProbe?.failureThreshold == 3)
        #expect(web.livenessProbe?.handler == .exec(["test"]))
        #expect(web.preStop == .sleep(5))
        #expect(pod.initContainers.map(\.isRestartableInit) == [true])
        #expect(pod.phase == .pending && pod.restartPolicy == .always && pod.terminationGracePeriodSeconds == 30)
        #expect(pod.nodeName == nil && !pod.isFinished && !pod.isReady)
    }

    @Test func `an endpoint without conditions is ready`() throws {
        let slice = EndpointSlice(
            try object(
                """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: a, labels: {kubernetes.io/service-name: web}}
                addressType: IPv4
                endpoints:
                - {addresses: [10.0.0.1], targetRef: {kind: Pod, name: p}}
                - {addresses: [10.0.0.2], conditions: {ready: false, serving: true, terminating: true}}
                ports: [{port: 80}]
                """))
        #expect(slice.serviceName == "web" && slice.addressType == .v4)
        #expect(slice.endpoints.map(\.isReady) == [true, false])
        #expect(slice.endpoints.map(\.isServing) == [true, true])
        #expect(slice.endpoints.map(\.isTerminating) == [false, true])
        #expect(slice.endpoints.map(\.targetPod) == ["p", nil])
        #expect(slice.ports.map(\.port) == [80])
    }

    @Test func `a Deployment's bounds are shares, rounded up for surge and down for unavailable`() throws {
        let deployment = Deployment(
            try object(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 10, selector: {matchLabels: {a: b}}, template: {}}\n"
            ))
        guard case .rollingUpdate(let surge, let unavailable) = deployment.strategy else { return #expect(Bool(false)) }
        #expect(surge.resolved(of: 10, roundingUp: true) == 3)
        #expect(unavailable.resolved(of: 10, roundingUp: false) == 2)
        #expect(deployment.revisionHistoryLimit == 10 && deployment.progressDeadlineSeconds == 600)
        #expect(deployment.selector.matches(["a": "b", "c": "d"]) && !deployment.selector.matches(["a": "c"]))
    }

    @Test(arguments: [
        ("", true), ("app=web", true), ("app==web,tier!=db", true), ("tier in (a, front)", true),
        ("tier notin (front)", false),
        ("app", true), ("!app", false), ("!gone", true), ("gone!=x", true), ("app=", false),
        ("app in (web),tier", true),
    ])
    func `a selector's text selects as kubectl's does`(_ text: String, _ expected: Bool) throws {
        let selector = try LabelSelector(text: text)
        #expect(selector.matches(["app": "web", "tier": "front"]) == expected)
        #expect(try LabelSelector(text: text.isEmpty ? "" : selector.description) == selector)
    }

    @Test(arguments: ["a b c", "a in", "a in (", "=b", "a=b=c", ",", "a=(", "a in (b)) "])
    func `a selector's text that is broken is refused`(_ text: String) {
        #expect(throws: SelectorError.self) { try LabelSelector(text: text) }
    }

    @Test func `kubectl's words for a broken selector`() {
        #expect(throws: SelectorError.self) { try LabelSelector(text: "a b c") }
        do {
            _ = try LabelSelector(text: "a b c")
        } catch {
            #expect(
                error.description == "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt")
        }
    }

    @Test func `kinds are found by every name`() {
        #expect(["svc", "service", "Services"].map { Resource.named($0)?.kind } == ["Service", "Service", "Service"])
        #expect(Resource.named("deployments.apps")?.apiVersion == "apps/v1")
        #expect(Resource.of(kind: "Service")?.handling == .acted)
        #expect(Resource.of(kind: "Ingress")?.handling == .kept)
        #expect(Set(Resource.all.map(\.kind)).count == Resource.all.count)
        #expect(Set(Resource.all.map(\.plural)).count == Resource.all.count)
    }
}
