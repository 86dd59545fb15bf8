// SPDX-License-Identifier: Apache-2.0
import Cluster
import Engine
import Kubernetes
import Net
import Testing

/// The choice of ranges that nothing else on the host uses, of both families.
@Suite struct RangeChoiceTests {
    private func texts(
        _ families: [Family], named: LabConfiguration.Ranges = LabConfiguration.Ranges(), occupied: [String] = []
    ) throws -> [[String]] {
        let occupied = try occupied.map { OccupiedRange(try #require(Prefix($0)), owner: "the route \($0)") }
        return try RangeChoice.choose(families, named: named, occupied: occupied).ranges.map {
            $0.all.map(\.description)
        }
    }

    private static let four = ["172.18.0.0/24", "10.244.0.0/16", "10.96.0.0/16", "203.0.113.0/24"]
    private static let six = ["fd00:172:18::/64", "fd00:10:244::/56", "fd00:10:96::/112", "fd00:203:0:113::/112"]

    @Test func `the defaults of the families are twins, in the order of the families`() throws {
        #expect(try texts([.v4]) == [Self.four])
        #expect(try texts([.v6]) == [Self.six])
        #expect(try texts([.v6, .v4]) == [Self.six, Self.four])
    }

    @Test func `a default gives way to the next that is free, and says so`() throws {
        #expect(
            try texts([.v6], occupied: Self.six) == [
                ["fd00:172:19::/64", "fd00:10:245::/56", "fd00:10:97::/112", "fd00:203:0:114::/112"]
            ])
        let taken = OccupiedRange(try #require(Prefix("fd00:172:18::/48")), owner: "the route fd00:172:18::/48 dev wg0")
        let outcome = try RangeChoice.choose([.v4, .v6], named: LabConfiguration.Ranges(), occupied: [taken])
        #expect(
            outcome.notices == [
                "node: fd00:172:19::/64, because fd00:172:18::/64 is in use (the route fd00:172:18::/48 dev wg0)"
            ])
    }

    @Test func `what is named is kept, and a default does not take its place`() throws {
        let named = LabConfiguration.Ranges(
            pods: [try #require(Prefix("fd00:172:18::/56"))], services: [try #require(Prefix("10.97.0.0/16"))])
        let ranges = try texts([.v4, .v6], named: named)
        #expect(ranges[0][2] == "10.97.0.0/16" && ranges[1][1] == "fd00:172:18::/56")
        #expect(ranges[1][0] == "fd00:172:19::/64")
    }

    @Test(arguments: [
        ("fe80::/56", "link-local"), ("ff05::/56", "multicast"), ("fd00:5::/56", "the route fd00:5::/48"),
    ])
    func `a named range that means something else, or is routed, is refused`(range: String, why: String) throws {
        let named = LabConfiguration.Ranges(pods: [try #require(Prefix(range))])
        let occupied = [OccupiedRange(try #require(Prefix("fd00:5::/48")), owner: "the route fd00:5::/48")]
        let conflict = #expect(throws: RangeChoice.Conflict.self) {
            _ = try RangeChoice.choose([.v6], named: named, occupied: occupied)
        }
        #expect(conflict?.description.contains(why) == true)
    }
}
