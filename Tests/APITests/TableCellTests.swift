// SPDX-License-Identifier: Apache-2.0
import API
import Kubernetes
import Testing

/// Single cells, for what the recorded cluster had none of.
@Suite struct TableCellTests {
    static let now = Timestamp(seconds: 1_800_000_000)

    /// The cells of one object by the names of their columns.
    private func cells(_ kind: String, _ json: String, printerColumns: [Value]? = nil) throws -> [String: Value] {
        let resource = try #require(Resource.of(kind: kind))
        var value = try Value(json: Array(json.utf8))
        if value["metadata"]?["name"] == nil { value["metadata", "name"] = "a" }
        let table = Table.value(
            of: [Object(value)], resource, includes: .none, listMetadata: [:], now: Self.now, showsColumns: true,
            printerColumns: printerColumns)
        let names = try #require(table["columnDefinitions"]).elements.compactMap { $0["name"]?.string }
        let cells = try #require(table["rows"]?.elements.first?["cells"]).elements
        return Dictionary(zip(names, cells)) { first, _ in first }
    }

    @Test(arguments: [
        (0, "0s"), (1, "1s"), (119, "119s"), (120, "2m"), (121, "2m1s"), (599, "9m59s"), (600, "10m"), (659, "10m"),
        (10_799, "179m"), (10_800, "3h"), (10_860, "3h1m"), (28_799, "7h59m"), (28_800, "8h"), (172_799, "47h"),
        (172_800, "2d"), (176_400, "2d1h"), (691_199, "7d23h"), (691_200, "8d"), (63_071_999, "729d"),
        (63_072_000, "2y"), (63_158_400, "2y1d"), (252_287_999, "7y364d"), (252_288_000, "8y"), (-1, "0s"),
        (-2, "<invalid>"),
    ])
    func `an age has two or three digits`(_ seconds: Int64, _ text: String) throws {
        let created = Timestamp(seconds: Self.now.seconds - seconds)
        let cells = try cells("ServiceAccount", #"{"metadata": {"creationTimestamp": "\#(created)"}}"#)
        #expect(cells["Age"] == .string(text))
    }

    @Test func `an object without a time of creation has no known age`() throws {
        #expect(try cells("ServiceAccount", "{}")["Age"] == "<unknown>")
    }

    static let running = #""ready": true, "state": {"running": {}}"#

    @Test(arguments: [
        ("{}", "0/0", "Pending", "0"),
        (#"{"status": {"phase": "Failed", "reason": "Evicted"}}"#, "0/0", "Evicted", "0"),
        (
            #"{"status": {"conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]}}"#, "0/0",
            "SchedulingGated", "0"
        ),
        (
            #"{"status": {"containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]}}"#, "0/0",
            "ContainerCreating", "0"
        ),
        (
            #"{"status": {"containerStatuses": [{"state": {"terminated": {"exitCode": 3}}}]}}"#, "0/0", "ExitCode:3",
            "0"
        ),
        (
            #"{"status": {"containerStatuses": [{"state": {"terminated": {"signal": 9, "exitCode": 137}}}]}}"#, "0/0",
            "Signal:9", "0"
        ),
        (
            #"{"status": {"containerStatuses": [{"state": {"terminated": {"reason": "Error"}}}, {\#(running)}]}}"#,
            "1/0", "Error", "0"
        ),
        (
            #"{"status": {"phase": "Running", "containerStatuses": [{"state": {"terminated": {"reason": "Completed"}}}, {\#(running)}]}}"#,
            "1/0", "NotReady", "0"
        ),
        (
            #"{"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"state": {"terminated": {"reason": "Completed"}}}, {\#(running)}]}}"#,
            "1/0", "Running", "0"
        ),
        (
            #"{"metadata": {"deletionTimestamp": "2026-11-21T01:22:27Z"}, "status": {"phase": "Running"}}"#, "0/0",
            "Terminating", "0"
        ),
        (
            #"{"metadata": {"deletionTimestamp": "2026-11-21T01:22:27Z"}, "status": {"phase": "Succeeded"}}"#, "0/0",
            "Succeeded", "0"
        ),
        (
            #"{"metadata": {"deletionTimestamp": "2026-11-21T01:22:27Z"}, "status": {"reason": "NodeLost"}}"#, "0/0",
            "Unknown", "0"
        ),
    ])
    func `a Pod's status is one word`(_ pod: String, _ ready: String, _ status: String, _ restarts: String) throws {
        let cells = try cells("Pod", pod)
        #expect(
            [cells["Ready"], cells["Status"], cells["Restarts"]] == [
                .string(ready), .string(status), .string(restarts),
            ])
    }

    @Test(arguments: [
        (#"{"state": {"terminated": {"exitCode": 1, "reason": "Error"}}}"#, "Init:Error"),
        (#"{"state": {"terminated": {"exitCode": 1}}}"#, "Init:ExitCode:1"),
        (#"{"state": {"terminated": {"exitCode": 137, "signal": 9}}}"#, "Init:Signal:9"),
        (#"{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}"#, "Init:CrashLoopBackOff"),
        (#"{"state": {"waiting": {"reason": "PodInitializing"}}}"#, "Init:0/2"),
        (#"{"state": {"terminated": {"exitCode": 0}}}, {"state": {"running": {}}}"#, "Init:1/2"),
        (#"{"state": {"terminated": {"exitCode": 0}}}, {"state": {"terminated": {"exitCode": 0}}}"#, "PodInitializing"),
    ])
    func `a Pod tells how far its init containers are`(_ statuses: String, _ word: String) throws {
        let pod = """
            {"spec": {"initContainers": [{"name": "i"}, {"name": "j"}], "containers": [{"name": "c"}]},
             "status": {"phase": "Pending", "initContainerStatuses": [\(statuses)],
              "containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "PodInitializing"}}}]}}
            """
        let cells = try cells("Pod", pod)
        #expect(cells["Status"] == .string(word))
        #expect(cells["Ready"] == "0/1")
    }

    @Test func `a sidecar counts among a Pod's containers, and its restarts with theirs`() throws {
        let pod = """
            {"spec": {"initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}],
              "containers": [{"name": "c"}], "readinessGates": [{"conditionType": "x"}, {"conditionType": "y"}]},
             "status": {"phase": "Running", "conditions": [{"type": "y", "status": "True"}],
              "initContainerStatuses": [
               {"name": "i", "restartCount": 4, "state": {"terminated": {"exitCode": 0}}},
               {"name": "s", "restartCount": 2, "started": true, "ready": true, "state": {"running": {}},
                "lastState": {"terminated": {"finishedAt": "\(Timestamp(seconds: Self.now.seconds - 300))"}}}],
              "containerStatuses": [{"name": "c", "restartCount": 1, "ready": true, "state": {"running": {}},
               "lastState": {"terminated": {"finishedAt": "\(Timestamp(seconds: Self.now.seconds - 400))"}}}]}}
            """
        let cells = try cells("Pod", pod)
        #expect(cells["Ready"] == "2/2")
        #expect(cells["Restarts"] == "3 (5m ago)")
        #expect(cells["Readiness Gates"] == "1/2")
    }

    @Test(arguments: [
        (#"{"type": "ClusterIP", "externalIPs": ["1.2.3.4", "0.0.0.1"]}"#, "1.2.3.4,0.0.0.1"),
        (#"{"type": "NodePort"}"#, "<none>"), (#"{"type": "LoadBalancer"}"#, "<pending>"),
        (#"{"type": "LoadBalancer", "externalIPs": ["1.2.3.4"]}"#, "1.2.3.4"),
        (#"{"type": "ExternalName", "externalName": "a.example"}"#, "a.example"),
    ])
    func `D17 a Service's external addresses`(_ spec: String, _ text: String) throws {
        #expect(try cells("Service", #"{"spec": \#(spec)}"#)["External-IP"] == .string(text))
    }

    @Test(arguments: [
        (0, 1, "<none>"), (3, 1, "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80"),
        (10, 1, "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 7 more..."), (2, 0, "10.0.0.0,10.0.0.1"),
        (2, 2, "10.0.0.0:80,10.0.0.1:80,10.0.0.0:81 + 1 more..."),
    ])
    func `three endpoints are shown`(_ addresses: Int, _ ports: Int, _ text: String) throws {
        let list = (0..<addresses).map { #"{"ip": "10.0.0.\#($0)"}"# }.joined(separator: ",")
        let numbers = (0..<ports).map { #"{"port": \#(80 + $0)}"# }.joined(separator: ",")
        let subset = #"{"addresses": [\#(list)], "ports": [\#(numbers)]}"#
        let cells = try cells("Endpoints", #"{"subsets": [\#(addresses == 0 ? "" : subset)]}"#)
        #expect(cells["Endpoints"] == .string(text))
    }

    @Test(arguments: [
        ("EndpointSlice", #"{"ports": [], "endpoints": []}"#, "Ports", "<unset>"),
        ("EndpointSlice", #"{"ports": [{"name": "x"}, {}]}"#, "Ports", "x,*"),
        (
            "Node",
            #"{"spec": {"unschedulable": true}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}"#,
            "Status", "Ready,SchedulingDisabled"
        ),
        ("Node", #"{"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}"#, "Status", "NotReady"),
        (
            "Node", #"{"metadata": {"labels": {"node-role.kubernetes.io/b": "", "kubernetes.io/role": "a"}}}"#, "Roles",
            "a,b"
        ),
        (
            "Job",
            #"{"spec": {"completions": 3}, "status": {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}}"#,
            "Completions", "1/3"
        ),
        ("Job", #"{"spec": {"parallelism": 2}}"#, "Completions", "0/1 of 2"),
        ("Job", #"{"status": {"conditions": [{"type": "Failed", "status": "True"}]}}"#, "Status", "Failed"),
        (
            "Job", #"{"status": {"startTime": "2026-11-21T01:00:00Z", "completionTime": "2026-11-21T01:00:42Z"}}"#,
            "Duration", "42s"
        ),
        ("CronJob", #"{"spec": {"suspend": false, "schedule": "* * * * *"}}"#, "Suspend", "False"),
        ("StatefulSet", #"{"spec": {"replicas": 3}, "status": {"readyReplicas": 1}}"#, "Ready", "1/3"),
        (
            "DaemonSet", #"{"spec": {"template": {"spec": {"nodeSelector": {"b": "c", "a": "b"}}}}}"#, "Node Selector",
            "a=b,b=c"
        ),
        (
            "ControllerRevision",
            #"{"metadata": {"name": "a", "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "controller": true}]}}"#,
            "Controller", "statefulset.apps/web"
        ),
        (
            "Ingress",
            #"{"spec": {"rules": [{"host": "a"}, {"host": "b"}, {"host": "c"}, {"host": "d"}], "tls": [{}]}}"#, "Hosts",
            "a,b,c + 1 more..."
        ),
        ("Ingress", #"{"spec": {"rules": [{}], "tls": [{}]}}"#, "Ports", "80, 443"),
        ("Ingress", #"{"spec": {"rules": [{}]}}"#, "Hosts", "*"),
        (
            "NetworkPolicy",
            #"{"spec": {"podSelector": {"matchExpressions": [{"key": "t", "operator": "In", "values": ["b", "a"]}], "matchLabels": {"z": "1"}}}}"#,
            "Pod-Selector", "t in (a,b),z=1"
        ),
        (
            "IPAddress",
            #"{"spec": {"parentRef": {"group": "", "resource": "services", "namespace": "default", "name": "kubernetes"}}}"#,
            "ParentRef", "services/default/kubernetes"
        ),
        ("ServiceCIDR", #"{"spec": {"cidrs": ["10.96.0.0/16", "fd00::/112"]}}"#, "CIDRs", "10.96.0.0/16,fd00::/112"),
        ("PodDisruptionBudget", #"{"spec": {"minAvailable": "50%"}}"#, "Min Available", "50%"),
        ("PodDisruptionBudget", #"{"spec": {"minAvailable": 1}}"#, "Max Unavailable", "N/A"),
        (
            "HorizontalPodAutoscaler",
            #"{"spec": {"metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}}]}}"#,
            "Targets", "cpu: <unknown>/80%"
        ),
        (
            "StorageClass",
            #"{"metadata": {"name": "a", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}"#,
            "Name", "a (default)"
        ),
        (
            "PersistentVolume", #"{"spec": {"accessModes": ["ReadWriteMany", "ReadWriteOnce"]}}"#, "Access Modes",
            "RWO,RWX"
        ),
        (
            "ResourceQuota", #"{"status": {"hard": {"pods": "4", "limits.cpu": 2}, "used": {"pods": "1"}}}"#, "Request",
            "pods: 1/4"
        ),
        (
            "ResourceQuota", #"{"status": {"hard": {"pods": "4", "limits.cpu": 2}, "used": {"pods": "1"}}}"#, "Limit",
            "limits.cpu: 0/2"
        ),
        (
            "RoleBinding",
            #"{"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "ServiceAccount", "namespace": "n", "name": "s"}]}"#,
            "ServiceAccounts", "n/s"
        ),
        (
            "Event", #"{"involvedObject": {"kind": "Pod", "name": "p"}, "message": " two words \n"}"#, "Message",
            "two words"
        ),
        ("Event", #"{"regarding": {"kind": "Pod", "name": "p"}, "note": "said"}"#, "Object", "pod/p"),
        ("Event", #"{"reportingComponent": "c", "reportingInstance": "h"}"#, "Source", "c, h"),
        (
            "Role", #"{"metadata": {"name": "a", "creationTimestamp": "2026-11-21T01:00:00Z"}}"#, "Created At",
            "2026-11-21T01:00:00Z"
        ),
    ])
    func `a cell says what a real server says`(_ kind: String, _ json: String, _ column: String, _ text: String) throws
    {
        #expect(try cells(kind, json)[column] == .string(text))
    }

    @Test(arguments: [
        (".spec.name", "string", Value.string("x")), (".spec.count", "integer", 3), (".spec.count", "string", "3"),
        (".spec.missing", "string", .null), (".spec.on", "boolean", true), (".spec.name", "integer", .null),
        (#".status.conditions[?(@.type=="Ready")].status"#, "string", "True"),
        (#".status.conditions[?(@.type == 'Gone')].status"#, "string", .null),
        (#".status.conditions[?(@.type!="Ready")].status"#, "string", "False"),
        (".status.conditions[0].type", "string", "Early"), (".status.conditions[-1].type", "string", "Ready"),
        (".status.conditions[*].type", "string", "Early"), (#".spec.labels['a.b/c']"#, "string", "d"),
        (#".spec.labels.a\.b/c"#, "string", "d"), (".spec.when", "date", "10s"), (".spec.name", "date", "<invalid>"),
        (".spec.labels", "string", #"{"a.b/c":"d"}"#),
    ])
    func `a custom column shows what its path leads to`(_ path: String, _ type: String, _ expected: Value) throws {
        let object = """
            {"spec": {"name": "x", "count": 3, "on": true, "labels": {"a.b/c": "d"},
              "when": "\(Timestamp(seconds: Self.now.seconds - 10))"},
             "status": {"conditions": [{"type": "Early", "status": "False"}, {"type": "Ready", "status": "True"}]}}
            """
        let columns: [Value] = [["name": "It", "type": .string(type), "jsonPath": .string(path)]]
        let cells = try cells("ConfigMap", object, printerColumns: columns)
        #expect(cells["It"] == expected)
        #expect(cells["Age"] == nil)
    }

    @Test func `a custom resource without columns of its own has name and age`() throws {
        #expect(Set(try cells("ConfigMap", "{}", printerColumns: []).keys) == ["Name", "Age"])
    }

    @Test(arguments: ["", "spec", ".a[", ".a[b]", ".a[?(@.b]", "..", ".a[?(@.b==c)]"])
    func `a column whose path cannot be read is left out`(_ path: String) throws {
        let columns: [Value] = [["name": "It", "type": "string", "jsonPath": .string(path)]]
        let cells = try cells("ConfigMap", "{}", printerColumns: columns)
        #expect(cells["It"] == nil)
    }
}
