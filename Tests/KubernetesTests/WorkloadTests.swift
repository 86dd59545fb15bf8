// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Testing

@Suite struct WorkloadTests {
    private let start = Timestamp("2026-11-21T10:07:30Z")

    /// 2026-11-21 is a Saturday.
    @Test(arguments: [
        ("* * * * *", "2026-11-21T10:08:00Z"), ("*/15 * * * *", "2026-11-21T10:15:00Z"),
        ("0 9-17/4 * * *", "2026-11-21T13:00:00Z"), ("30 6 * * mon-fri", "2026-11-23T06:30:00Z"),
        ("0 0 1 jan *", "2027-01-01T00:00:00Z"), ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ("5,7 10 21 * *", "2026-12-21T10:05:00Z"), ("0 0 13 * 5", "2026-11-27T00:00:00Z"),
        ("0 0 * * 7", "2026-11-22T00:00:00Z"), ("@hourly", "2026-11-21T11:00:00Z"),
        ("@weekly", "2026-11-22T00:00:00Z"), ("0 0 31 2 *", nil),
    ])
    func `a schedule's next turn`(text: String, expected: String?) throws {
        let schedule = try #require(CronSchedule(text))
        #expect(schedule.next(after: try #require(start))?.description == expected)
    }

    @Test(arguments: [
        "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "*/0 * * * *", "5-1 * * * *", "a * * * *",
    ])
    func `what is no schedule`(text: String) {
        #expect(CronSchedule(text) == nil)
    }

    private func problems(_ kind: String, _ spec: Value) -> [String] {
        let version = kind == "Job" || kind == "CronJob" ? "batch/v1" : "apps/v1"
        var object = Object(apiVersion: version, kind: kind, namespace: "default", name: "x")
        object.spec = spec
        return object.defaulted().problems().map(\.description)
    }

    private static func template(_ policy: String? = nil) -> Value {
        var template: Value = [
            "metadata": ["labels": ["app": "x"]], "spec": ["containers": [["name": "c", "image": "img"]]],
        ]
        template["spec", "restartPolicy"] = policy.map { .string($0) }
        return template
    }

    @Test(
        arguments: [
            ("StatefulSet", ["serviceName": "x"]), ("DaemonSet", [:]),
            ("StatefulSet", ["podManagementPolicy": "Parallel", "updateStrategy": ["type": "OnDelete"]]),
        ] as [(String, Value)])
    func `right sets`(kind: String, more: Value) {
        var spec = more
        spec["selector"] = ["matchLabels": ["app": "x"]]
        spec["template"] = Self.template()
        #expect(problems(kind, spec) == [])
    }

    @Test(
        arguments: [
            ("StatefulSet", "podManagementPolicy", "Any", "spec.podManagementPolicy: Invalid value"),
            ("StatefulSet", "replicas", -1, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
            ("StatefulSet", "updateStrategy", ["type": "Never"], "spec.updateStrategy.type: Invalid value"),
            (
                "StatefulSet", "selector", [:],
                "spec.selector: Invalid value: {}: empty selector is invalid for statefulset"
            ),
            ("DaemonSet", "updateStrategy", ["type": "Never"], "spec.updateStrategy.type: Unsupported value"),
            (
                "DaemonSet", "updateStrategy", ["rollingUpdate": ["maxUnavailable": 0]],
                "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0 when maxSurge is 0"
            ),
            ("DaemonSet", "selector", .null, "spec.selector: Required value"),
            ("Job", "completions", -1, "spec.completions: Invalid value: -1"),
            ("Job", "completionMode", "Some", "spec.completionMode: Unsupported value"),
            (
                "Job", "template", WorkloadTests.template("Always"),
                "spec.template.spec.restartPolicy: Unsupported value: \"Always\""
            ),
            ("Job", "selector", ["matchLabels": ["a": "b"]], "selector not auto-generated"),
        ] as [(String, String, Value, String)])
    func `what a spec is refused for`(kind: String, field: String, value: Value, expected: String) {
        var spec: Value = ["template": Self.template(kind == "Job" ? "Never" : nil)]
        if kind != "Job" { spec["selector"] = ["matchLabels": ["app": "x"]] }
        spec[field] = value
        let found = problems(kind, spec)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test func `a StatefulSet's claims and service may not change`() throws {
        var old = Object(apiVersion: "apps/v1", kind: "StatefulSet", namespace: "default", name: "x")
        old.spec = ["selector": ["matchLabels": ["app": "x"]], "template": Self.template(), "serviceName": "a"]
        old = old.defaulted()
        var new = old
        new.value["spec", "replicas"] = 5
        #expect(new.problems(replacing: old).isEmpty)
        new.value["spec", "serviceName"] = "b"
        let message = try #require(new.problems(replacing: old).first?.description)
        #expect(message.hasPrefix("spec: Forbidden: updates to statefulset spec for fields other than"))
    }

    @Test(arguments: [
        ("* * *", "expected exactly 5 fields, found 3: [* * *]"), ("", "spec.schedule: Required value"),
        ("TZ=UTC 0 0 * * *", "use timeZone field instead"),
    ])
    func `a CronJob needs a schedule`(schedule: String, expected: String) {
        let found = problems(
            "CronJob",
            ["schedule": .string(schedule), "jobTemplate": ["spec": ["template": Self.template("Never")]]])
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }
}
