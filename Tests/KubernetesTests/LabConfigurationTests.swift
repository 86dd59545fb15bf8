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
        #expect(lab.ranges.services == Prefix("10.200.0.0/16"))
        #expect(lab.ranges.pods == nil)
        #expect(lab.proxyMode == .none)
        #expect(lab.hostAccess == .external)
        #expect(lab.provisioningDelay == 61500)
        #expect(lab.place?.description == "lab.yaml:1:1")
    }

    @Test func `nodes may be counted`() throws {
        #expect(try lab("apiVersion: lab/v1\nkind: Lab\nspec: {nodes: 2}\n").nodes.map(\.name) == ["node-1", "node-2"])
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
