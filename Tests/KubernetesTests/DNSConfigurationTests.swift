// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Net
import Testing

@Suite struct DNSConfigurationTests {
    private func lab(_ fields: String) throws -> LabConfiguration.DNS {
        let text = "apiVersion: lab/v1\nkind: Lab\nspec: {dns: {\(fields)}}\n"
        return try LabConfiguration.read(try Manifest.read(Array(text.utf8), file: "lab.yaml")).lab.dns
    }

    @Test func `without fields there are only the cluster's names`() throws {
        let dns = try lab("")
        #expect(dns.isEnabled && dns.domain == "cluster.local" && dns.ttl == 30)
        #expect(dns.hosts.isEmpty && dns.zones.isEmpty && dns.upstream.isEmpty)
    }

    @Test func `names outside the cluster stand for addresses or for other names`() throws {
        let hosts = try lab(
            """
            hosts: {my.database.Example.com.: 198.51.100.10, both.example.com: [198.51.100.11, "2001:db8::11"], \
            www.example.com: Both.example.com}
            """
        ).hosts
        #expect(
            hosts == [
                "my.database.example.com": .addresses([Address(198, 51, 100, 10)]),
                "both.example.com": .addresses([Address(198, 51, 100, 11), Address("2001:db8::11")!]),
                "www.example.com": .alias("both.example.com"),
            ])
    }

    @Test func `servers are asked about domains, or about all that nobody else knows`() throws {
        let dns = try lab(
            """
            enabled: false, domain: Lab.test, ttl: 5, upstream: ["[2001:db8::53]:5353"], \
            zones: [{name: corp.example, servers: [198.51.100.53, "198.51.100.54:5353"]}]
            """)
        #expect(!dns.isEnabled && dns.domain == "lab.test" && dns.ttl == 5)
        #expect(dns.upstream == [SocketAddress(Address("2001:db8::53")!, 5353)])
        #expect(
            dns.zones == [
                LabConfiguration.DNS.Zone(
                    "corp.example",
                    servers: [
                        SocketAddress(Address(198, 51, 100, 53), 53), SocketAddress(Address(198, 51, 100, 54), 5353),
                    ])
            ])
    }

    @Test(arguments: [
        ("enabled: yes please", "spec.dns.enabled: Invalid value: \"yes please\": must be true or false"),
        ("domain: a_b", "spec.dns.domain: Invalid value: \"a_b\""),
        ("ttl: -1", "spec.dns.ttl: Invalid value: -1: must be a number of seconds"),
        ("hosts: [a]", "spec.dns.hosts: Invalid value"),
        ("hosts: {a.example: 198.51.100.256}", "spec.dns.hosts[a.example]: Invalid value: \"198.51.100.256\""),
        (
            "hosts: {a.example: [b.example, c.example]}",
            "must be an IP address, a list of IP addresses, or another name"
        ),
        ("upstream: [dns.google]", "spec.dns.upstream[0]: Invalid value: \"dns.google\": must be a name server's IP"),
        ("upstream: [\"198.51.100.53:0\"]", "spec.dns.upstream[0]"),
        ("zones: [{name: a.example}]", "spec.dns.zones[0].servers: Required value"),
        ("zones: [{servers: [198.51.100.53]}]", "spec.dns.zones[0].name: Required value"),
        ("resolvers: []", "spec.dns.resolvers"),
        (
            "hosts: {hello.default.svc.cluster.local: 198.51.100.10}",
            "spec.dns.hosts[hello.default.svc.cluster.local]: Invalid value"
        ),
        (
            "domain: lab.test, zones: [{name: a.lab.test, servers: [198.51.100.53]}]",
            "is in the cluster's own domain, lab.test"
        ),
    ])
    func `what is wrong is named`(fields: String, complaint: String) {
        do {
            _ = try lab(fields)
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains(complaint), "\(error)")
        }
    }
}
