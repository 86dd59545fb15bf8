// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Net
import Testing

/// What a Pod's variables and volumes are made of.
@Suite struct PodSourcesTests {
    private func store() throws -> Store {
        var fixture = try Fixture()
        try fixture.apply(
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: game}
            data: {lives: "3", app.conf: "x=1"}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: login}
            data: {password: aHVudGVyMg==}
            """)
        return fixture.cluster.store
    }

    private func sources(_ spec: Value) throws -> PodSources {
        var object = Object(apiVersion: "v1", kind: "Pod", namespace: "default", name: "web")
        object.value["metadata", "labels"] = ["app": "web"]
        object.spec = spec
        return PodSources(
            Pod(object), addresses: [Address(10, 244, 0, 2)], nodeAddresses: [Address(172, 18, 0, 2)], try store())
    }

    private func environment(_ container: Value) throws -> Environment {
        let sources = try sources(["nodeName": "node-1", "serviceAccountName": "default", "containers": [container]])
        return try sources.environment(of: Container(container), after: [("PATH", "/bin")])
    }

    static let values: [(Value, String)] = [
        (["fieldRef": ["fieldPath": "metadata.name"]], "web"),
        (["fieldRef": ["fieldPath": "metadata.labels['app']"]], "web"),
        (["fieldRef": ["fieldPath": "status.podIP"]], "10.244.0.2"),
        (["fieldRef": ["fieldPath": "status.hostIP"]], "172.18.0.2"),
        (["fieldRef": ["fieldPath": "spec.nodeName"]], "node-1"),
        (["configMapKeyRef": ["name": "game", "key": "lives"]], "3"),
        (["secretKeyRef": ["name": "login", "key": "password"]], "hunter2"),
        (["resourceFieldRef": ["resource": "limits.memory"]], "67108864"),
        (["resourceFieldRef": ["resource": "limits.memory", "divisor": "1Mi"]], "64"),
        (["resourceFieldRef": ["resource": "limits.cpu"]], "1"),
        (["resourceFieldRef": ["resource": "limits.cpu", "divisor": "1m"]], "500"),
    ]

    @Test(arguments: values)
    func `a variable has the value that its source says`(source: Value, value: String) throws {
        let environment = try environment([
            "name": "a", "env": [["name": "X", "valueFrom": source]],
            "resources": ["limits": ["memory": "64Mi", "cpu": "500m"]],
        ])
        #expect(environment["X"] == value)
    }

    @Test func `later variables are made of earlier ones, and hide those of whole objects`() throws {
        let environment = try environment([
            "name": "a",
            "envFrom": [["configMapRef": ["name": "game"], "prefix": "G_"], ["secretRef": ["name": "login"]]],
            "env": [
                ["name": "ONE", "value": "$(G_lives) $(password)"],
                ["name": "TWO", "value": "$(ONE)! $$(ONE) $(NONE) $5"],
                ["name": "password", "value": "mine"],
            ],
        ])
        #expect(environment["ONE"] == "3 hunter2")
        #expect(environment["TWO"] == "3 hunter2! $(ONE) $(NONE) $5")
        #expect(environment["password"] == "mine")
        #expect(environment.lines.first == "PATH=/bin")
    }

    static let missing: [(Value, String)] = [
        (["configMapKeyRef": ["name": "none", "key": "k"]], "configmap \"none\" not found"),
        (["secretKeyRef": ["name": "none", "key": "k"]], "secret \"none\" not found"),
        (["configMapKeyRef": ["name": "game", "key": "k"]], "couldn't find key k in ConfigMap default/game"),
        (["secretKeyRef": ["name": "login", "key": "k"]], "couldn't find key k in Secret default/login"),
    ]

    @Test(arguments: missing)
    func `what is missing is told in the kubelet's words, unless it is optional`(source: Value, words: String) throws {
        let error = #expect(throws: PodSources.Missing.self) {
            _ = try environment(["name": "a", "env": [["name": "X", "valueFrom": source]]])
        }
        #expect(error?.description == words)
        var optional = source
        for field in source.fields.keys { optional[field, "optional"] = true }
        #expect(try environment(["name": "a", "env": [["name": "X", "valueFrom": optional]]])["X"] == nil)
    }

    private func files(_ volume: Value) throws -> [String: String] {
        var volume = volume
        volume["name"] = "v"
        let volumes = try sources(["volumes": [volume]]).volumes()
        guard case .files(let files) = try #require(volumes.first).source else { return [:] }
        return Dictionary(
            files.map { file in
                if case .bytes(let bytes) = file.content {
                    return (file.path, "\(String(file.mode, radix: 8)) \(String(decoding: bytes, as: UTF8.self))")
                }
                return (file.path, "\(String(file.mode, radix: 8)) token")
            }
        ) { $1 }
    }

    @Test func `volumes hold the files of their sources`() throws {
        #expect(try files(["configMap": ["name": "game"]]) == ["lives": "644 3", "app.conf": "644 x=1"])
        #expect(
            try files([
                "secret": [
                    "secretName": "login", "defaultMode": 256, "items": [["key": "password", "path": "in/word"]],
                ]
            ]) == ["in/word": "400 hunter2"])
        #expect(
            try files([
                "projected": [
                    "sources": [
                        ["serviceAccountToken": ["path": "token"]],
                        ["configMap": ["name": "game", "items": [["key": "lives", "path": "lives", "mode": 292]]]],
                        [
                            "downwardAPI": [
                                "items": [["path": "labels", "fieldRef": ["fieldPath": "metadata.labels"]]]
                            ]
                        ],
                    ]
                ]
            ]) == ["token": "644 token", "lives": "444 3", "labels": "644 app=\"web\""])
        #expect(try files(["configMap": ["name": "none", "optional": true]]) == [:])
        let missing = #expect(throws: PodSources.Missing.self) { _ = try files(["configMap": ["name": "none"]]) }
        #expect(missing?.description == "MountVolume.SetUp failed for volume \"v\" : configmap \"none\" not found")
        let key = #expect(throws: PodSources.Missing.self) {
            _ = try files(["secret": ["secretName": "login", "items": [["key": "k", "path": "k"]]]])
        }
        #expect(
            key?.description == "MountVolume.SetUp failed for volume \"v\" : references non-existent secret key: k")
    }

    @Test func `volumes follow the objects they are made of, and the Pod's own labels`() throws {
        let keys = try sources([
            "volumes": [
                ["name": "a", "configMap": ["name": "game"]],
                ["name": "b", "projected": ["sources": [["secret": ["name": "login"]]]]],
                [
                    "name": "c",
                    "downwardAPI": ["items": [["path": "l", "fieldRef": ["fieldPath": "metadata.labels"]]]],
                ],
            ]
        ]).volumeObjects
        #expect(
            keys == [
                ObjectKey("ConfigMap", "default", "game"), ObjectKey("Secret", "default", "login"),
                ObjectKey("Pod", "default", "web"),
            ])
        let fixed = try sources([
            "volumes": [
                ["name": "c", "downwardAPI": ["items": [["path": "n", "fieldRef": ["fieldPath": "metadata.name"]]]]]
            ]
        ])
        #expect(fixed.volumeObjects.isEmpty)
    }

    @Test func `a container that lacks what its variables come from waits, and has not been run`() {
        var object = Object(apiVersion: "v1", kind: "Pod", namespace: "default", name: "web")
        object.spec = ["containers": [["name": "a"]]]
        var life = PodLifecycle(Pod(object))
        #expect(life.handle(.volumesFailed("no")).first == .report(reason: "FailedMount", "no"))
        #expect(life.handle(.timer(.sandbox)) == [.makeSandbox])
        #expect(life.handle(.sandboxReady) == [.start(container: 0)])
        let effects = life.handle(.configurationFailed(container: 0, "configmap \"x\" not found"))
        #expect(effects.first == .report(reason: "Failed", "Error: configmap \"x\" not found"))
        #expect(
            life.containers[0].state
                == .waiting(reason: "CreateContainerConfigError", message: "configmap \"x\" not found"))
        guard case .setTimer(let timer, _) = effects.last else {
            Issue.record("no second try")
            return
        }
        #expect(life.handle(.timer(timer)) == [.start(container: 0)])
        #expect(life.containers[0].restartCount == 0)
    }
}
