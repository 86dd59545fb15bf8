// SPDX-License-Identifier: Apache-2.0
import Cluster
import DNS
import Kubernetes
import Net
import Testing

@Suite struct ResolverTests {
    private static let cluster =
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
    private static let outside = "nameserver 198.51.100.53\n"

    static let policies: [(spec: Value, file: String)] = [
        ([:], cluster), (["dnsPolicy": "ClusterFirst"], cluster), (["dnsPolicy": "Default"], outside),
        (["hostNetwork": true], outside), (["hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet"], cluster),
        (["dnsPolicy": "ClusterFirstWithHostNet"], cluster), (["dnsPolicy": "None"], ""),
        (
            [
                "dnsPolicy": "None",
                "dnsConfig": [
                    "nameservers": ["192.0.2.1"], "searches": ["a.example"],
                    "options": [["name": "ndots", "value": "2"], ["name": "edns0"]],
                ],
            ], "search a.example\nnameserver 192.0.2.1\noptions edns0 ndots:2\n"
        ),
        (
            [
                "dnsConfig": [
                    "nameservers": ["192.0.2.1", "10.96.0.10"], "searches": ["svc.cluster.local", "a.example"],
                    "options": [["name": "ndots", "value": "1"]],
                ]
            ],
            "search default.svc.cluster.local svc.cluster.local cluster.local a.example\n"
                + "nameserver 10.96.0.10\nnameserver 192.0.2.1\noptions ndots:1\n"
        ),
    ]

    @Test(arguments: policies) func `D74 a Pod asks whom its policy says`(spec: Value, file: String) throws {
        var configuration = try Fixture.configuration()
        configuration.dns = LabConfiguration.DNS()
        // One at another port cannot stand in the file.
        configuration.dns.upstream = [
            SocketAddress(Address(198, 51, 100, 53), 53), SocketAddress(Address(198, 51, 100, 54), 5353),
        ]
        var pod = Object(apiVersion: "v1", kind: "Pod", namespace: "default", name: "web")
        pod.spec = spec
        #expect(Resolver(configuration).configuration(for: Pod(pod)).description == file)
    }

    @Test func `without name servers nobody is asked`() throws {
        let pod = Object(apiVersion: "v1", kind: "Pod", namespace: "default", name: "web")
        let configuration = try Fixture.configuration()
        #expect(Resolver(configuration).configuration(for: Pod(pod)).servers.isEmpty)
    }
}
