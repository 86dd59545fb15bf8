// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Net
import Testing

/// `spec.external` and `spec.egress` of a lab file.
@Suite struct ExternalConfigurationTests {
    private func lab(_ fields: String) throws -> LabConfiguration {
        let text = "apiVersion: lab/v1\nkind: Lab\nspec:\n  \(fields)\n"
        return try LabConfiguration.read(try Manifest.read(Array(text.utf8), file: "lab.yaml")).lab
    }

    @Test func `a system outside has a name, addresses, ports and host names`() throws {
        let lab = try lab(
            """
            ipFamilies: [IPv4, IPv6]
              external:
              - name: weather
                addresses: [198.51.100.10, 2001:db8::10]
                ports: [3000, "443", 53/UDP, 53/TCP]
                hostnames: [weather.example.com, forecast.example.com.]
              - {name: visitor, address: 192.0.2.7}
            """)
        #expect(
            lab.external.map { [$0.name] + $0.addresses.map(\.description) } == [
                ["weather", "198.51.100.10", "2001:db8::10"], ["visitor", "192.0.2.7"],
            ])
        #expect(lab.external[0].ports == [.init(3000), .init(443), .init(53, .udp), .init(53)])
        #expect(lab.external[0].hostnames == ["weather.example.com", "forecast.example.com"])
        #expect(lab.external[1].ports.isEmpty && lab.external[1].hostnames.isEmpty)
        #expect(lab.external[0].place?.description == "lab.yaml:6:5")
    }

    @Test func `nothing is outside, and nothing leaves, unless the lab file says so`() throws {
        #expect(LabConfiguration().external.isEmpty && !LabConfiguration().egress)
        #expect(try lab("nodes: 1").external.isEmpty)
        #expect(try lab("egress: false").egress == false)
        #expect(try lab("egress: true").egress)
    }

    static let good = "name: a, address: 198.51.100.10"

    @Test(arguments: [
        ("external: {a: 198.51.100.10}", "spec.external", "must be a list of systems"),
        ("external: [{address: 198.51.100.10}]", "spec.external[0].name", "Required value"),
        ("external: [{name: A, address: 198.51.100.10}]", "spec.external[0].name", "lowercase RFC 1123 label"),
        ("external: [{name: a.b, address: 198.51.100.10}]", "spec.external[0].name", "must not contain dots"),
        ("external: [{\(good)}, {name: a, address: 198.51.100.11}]", "spec.external[1].name", "Duplicate value"),
        ("external: [{\(good)}, {name: b, address: 198.51.100.10}]", "spec.external[1].address", "a has this address"),
        ("external: [{name: a}]", "spec.external[0].address", "Required value"),
        ("external: [{name: a, address: example.com}]", "spec.external[0].address", "must be an address"),
        ("external: [{name: a, address: 127.0.0.1}]", "spec.external[0].address", "(loopback)"),
        ("external: [{name: a, address: 224.0.0.9}]", "spec.external[0].address", "(multicast)"),
        ("external: [{name: a, address: 169.254.169.254}]", "spec.external[0].address", "(link-local)"),
        ("external: [{name: a, address: 0.0.0.0}]", "spec.external[0].address", "(this network)"),
        ("external: [{name: a, address: '2001:db8::1'}]", "spec.external[0].address", "does not have IPv6"),
        (
            "external: [{name: a, addresses: [198.51.100.1, 198.51.100.2]}]", "spec.external[0].addresses[1]",
            "an address of IPv4 already"
        ),
        ("external: [{\(good), ports: 80}]", "spec.external[0].ports", "must be a list of ports"),
        ("external: [{\(good), ports: [0]}]", "spec.external[0].ports[0]", "must be a port"),
        ("external: [{\(good), ports: [80, 80/TCP]}]", "spec.external[0].ports[1]", "Duplicate value"),
        ("external: [{\(good), ports: [80/SCTP]}]", "spec.external[0].ports[0]", "must be a port"),
        ("external: [{\(good), ports: ['+80']}]", "spec.external[0].ports[0]", "must be a port"),
        ("external: [{\(good), hostnames: [Weather.example.com]}]", "spec.external[0].hostnames[0]", "subdomain"),
        ("external: [{\(good), hostnames: [a_b.example]}]", "spec.external[0].hostnames[0]", "subdomain"),
        ("external: [{\(good), hostnames: [a.b, a.b.]}]", "spec.external[0].hostnames[1]", "Duplicate value"),
        ("external: [{\(good), hostname: [a.b]}]", "spec.external[0].hostname", "unknown field"),
        ("egress: everything", "spec.egress", "must be true or false"),
        (
            "{nodes: [{name: outside-a}], external: [{\(good)}]}", "spec.external[0].name",
            "the node outside-a has the name"
        ),
        (
            "{ranges: {loadBalancers: 198.51.100.0/24}, external: [{\(good)}]}", "spec.external[0].address",
            "lies in spec.ranges.loadBalancers"
        ),
    ])
    func `what is wrong is named, with its line`(fields: String, path: String, complaint: String) {
        do {
            _ = try lab(fields)
            Issue.record("it was taken")
        } catch {
            let text = "\(error)"
            #expect(text.contains(complaint) && text.contains(path), "\(text)")
            #expect(text.hasPrefix("lab.yaml:4:"), "\(text)")
        }
    }

    @Test func `there may be many, but not any number`() throws {
        let all = (0...LabConfiguration.externalLimit).map {
            "{name: a\($0), address: 198.51.\($0 / 250).\($0 % 250 + 1)}"
        }
        #expect(try lab("external: [\(all.dropLast().joined(separator: ", "))]").external.count == 200)
        #expect(throws: Refusal.self) { try lab("external: [\(all.joined(separator: ", "))]") }
    }
}
