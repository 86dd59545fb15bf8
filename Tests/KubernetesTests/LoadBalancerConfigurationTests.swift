// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Testing

@Suite struct LoadBalancerConfigurationTests {
    private func lab(_ fields: String) throws -> LabConfiguration {
        let text = "apiVersion: lab/v1\nkind: Lab\nspec: {loadBalancer: {\(fields)}}\n"
        return try LabConfiguration.read(try Manifest.read(Array(text.utf8), file: "lab.yaml")).lab
    }

    @Test func `a load balancer's manners are fields of the lab`() throws {
        let lab = try lab("provisioningDelay: 5s, ipMode: Proxy, probePeriod: 200ms")
        #expect(lab.provisioningDelay == 5000 && lab.ipMode == .proxy && lab.probePeriod == 200)
    }

    @Test func `without fields, nodes answer for its addresses and are asked every second`() throws {
        let lab = try lab("")
        #expect(lab.provisioningDelay == 0 && lab.ipMode == .vip && lab.probePeriod == 1000)
    }

    @Test(arguments: [
        ("ipMode: DSR", "spec.loadBalancer.ipMode: Unsupported value: \"DSR\": supported values: \"VIP\", \"Proxy\""),
        ("probePeriod: 5ms", "spec.loadBalancer.probePeriod: Invalid value: \"5ms\": must be a time of at least 100ms"),
        ("probePeriod: soon", "spec.loadBalancer.probePeriod: Invalid value: \"soon\": must be a time"),
        ("period: 1s", "spec.loadBalancer.period"),
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
