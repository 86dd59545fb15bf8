// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Scenarios
import Testing

@Suite struct BadScenarioTests {
    private static let all =
        BadScenario.documents + BadScenario.actions + BadScenario.traffic + BadScenario.faults + BadScenario.checks
        + BadScenario.subjects

    @Test func `there are at least two hundred bad scenarios, each another`() {
        #expect(Self.all.count >= 200)
        #expect(Set(Self.all.map(\.text)).count == Self.all.count)
    }

    @Test(arguments: all) func `a bad scenario is refused where it is wrong, with what was expected`(bad: BadScenario) {
        let faults = Reading.faults(bad.text)
        let here = faults.filter { $0.hasPrefix("x.yaml:\(bad.position): ") }
        #expect(here.contains { $0.contains(bad.words) }, "\(bad.marked)\n\(bad.position) \(faults)")
    }

    @Test(arguments: all) func `one mistake gives one complaint`(bad: BadScenario) {
        let faults = Reading.faults(bad.text)
        #expect(faults.count == 1, "\(bad.marked)\n\(faults)")
    }
}
