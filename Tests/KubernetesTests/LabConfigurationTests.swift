// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Net
import Testing

@Suite struct LabConfigurationTests {
    private func lab(_ text: String) throws -> LabConfiguration {
        try LabConfiguration.read(try Manifest.read(Array(text.utf8), file: "lab.yaml")).lab
    }

    @Test func `a plain manifest gets three nodes, nftables and all addresses`() throws {
        let documents = try Manifest.read(
            Array("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n".utf8), file: "a.yaml")
        let (lab, rest) = try LabConfiguration.read(documents)
        #expect(lab == LabConfiguration())
        #expect(lab.nodes.map(\.name) == ["node-1", "node-2", "node-3"])
        #expect(lab.proxyMode == .nftables && lab.hostAccess == .all && lab.ranges == .init())
        #expect(rest.count == 1)
    }

    @Test func `a lab document says what it says, and no more`() throws {
        let lab = try lab(
            """
            apiVersion: lab/v1
            kind: Lab
            metadata: {name: mine}
            spec:
              nodes:
              - {name: a, zone: east, labels: {disk: ssd}}
              - {}
              ranges: {services: 10.200.0.0/16}
              proxyMode: none
              hostAccess: external
              loadBalancer: {provisioningDelay: 1m1.5s}
            """)
        #expect(lab.name == "mine")
        #expect(lab.nodes == [.init("a", labels: ["disk": "ssd"], zone: "east"), .init("node-2")])
        #expect(lab.ranges.services == [try #require(Prefix("10.200.0.0/16"))])
        #expect(lab.ranges.pods.isEmpty && lab.families == [.v4])
        #expect(lab.proxyMode == .none)
        #expect(lab.hostAccess == .external)
        #expect(lab.provisioningDelay == 61500)
        #expect(lab.place?.description == "lab.yaml:1:1")
    }

    @Test func `nodes may be counted`() throws {
        #expect(try lab("apiVersion: lab/v1\nkind: Lab\nspec: {nodes: 2}\n").nodes.map(\.name) == ["node-1", "node-2"])
    }

    @Test(arguments: [
        ("{}", [Family.v4]), ("{ipFamilies: [IPv4]}", [.v4]), ("{ipFamilies: [IPv6]}", [.v6]),
        ("{ipFamilies: [IPv4, IPv6]}", [.v4, .v6]), ("{ipFamilies: [IPv6, IPv4]}", [.v6, .v4]),
        ("{ranges: {pods: 'fd00::/56'}}", [.v6]), ("{ranges: {pods: '10.0.0.0/16,fd00::/56'}}", [.v4, .v6]),
        ("{ranges: {nodes: 10.9.0.0/24, services: ['fd01::/112', 10.1.0.0/16]}}", [.v4, .v6]),
        ("{ranges: {services: ['fd01::/112', 10.1.0.0/16], loadBalancers: 'fd02::/120'}}", [.v6, .v4]),
    ]) func `a lab has the families that it names, or whose ranges it names`(spec: String, families: [Family]) throws {
        #expect(try lab("apiVersion: lab/v1\nkind: Lab\nspec: \(spec)\n").families == families)
    }

    @Test func `ranges of two families are a list, or a text with a comma as kubeadm has it`() throws {
        let lab = try lab(
            """
            apiVersion: lab/v1
            kind: Lab
            spec:
              ranges:
                pods: 10.4.0.0/16, fd04::/56
                services: [fd05::/112, 10.5.0.0/16]
            """)
        #expect(lab.ranges.pods.map(\.description) == ["10.4.0.0/16", "fd04::/56"])
        #expect(lab.ranges.services.map(\.description) == ["fd05::/112", "10.5.0.0/16"])
        #expect(lab.families == [.v4, .v6])
    }

    @Test(arguments: [
        ("{ipFamilies: IPv6}", "spec.ipFamilies"), ("{ipFamilies: []}", "spec.ipFamilies"),
        ("{ipFamilies: [IPv4, IPv5]}", "spec.ipFamilies[1]"), ("{ipFamilies: [IPv6, IPv6]}", "spec.ipFamilies[1]"),
        ("{ipFamilies: [IPv4], ranges: {pods: 'fd00::/56'}}", "spec.ranges.pods"),
        ("{ranges: {pods: '10.0.0.0/16,10.1.0.0/16'}}", "spec.ranges.pods"),
        ("{ranges: {pods: 'fd00::/72'}}", "spec.ranges.pods"), ("{ranges: {pods: 'fd00::1/56'}}", "spec.ranges.pods"),
        ("{ranges: {pods: ['fd00::/56', 1]}}", "spec.ranges.pods[1]"),
        ("{ranges: {pods: 'fd00::/48', services: 'fd00::/112'}}", "spec.ranges.services"),
    ]) func `families and ranges that do not go together are refused`(spec: String, path: String) throws {
        var found: [String] = []
        do throws(Refusal) {
            let documents = try Manifest.read(
                Array("apiVersion: lab/v1\nkind: Lab\nspec: \(spec)\n".utf8), file: "lab.yaml")
            _ = try LabConfiguration.read(documents)
        } catch { found = error.faults.map(\.problem.path) }
        #expect(found == [path])
    }

    @Test func `an image may be mapped to a program`() throws {
        let lab = try lab(
            "apiVersion: lab/v1\nkind: Lab\nspec: {images: {shop/cart: {command: [python3, -m, http.server]}}}\n")
        #expect(lab.images == ["shop/cart": ["python3", "-m", "http.server"]])
    }

    @Test(arguments: [
        ("[a]", "spec.images"), ("{a: {}}", "spec.images[a].command"), ("{a: {command: []}}", "spec.images[a].command"),
        ("{a: {command: [1]}}", "spec.images[a].command"),
        ("{a: {comand: [x], command: [x]}}", "spec.images[a].comand"),
    ])
    func `a mapping that says no program is refused`(images: String, field: String) throws {
        let refusal = #expect(throws: Refusal.self) {
            _ = try lab("apiVersion: lab/v1\nkind: Lab\nspec: {images: \(images)}\n")
        }
        #expect("\(refusal as Any)".contains(field))
    }
}
