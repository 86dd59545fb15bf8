// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// The plan follows from the objects alone: whatever came first, and whatever was in between.
@Suite struct OrderLawTests {
    @Test(arguments: 0..<10)
    func `the plan does not depend on the order of events`(part: UInt64) throws {
        // All thousand of them together.
        for seed in (part * 100)..<(part * 100 + 100) {
            let random = RandomCluster(seed: seed)
            let first = random.journeys(try random.built(order: seed))
            let second = random.journeys(try random.built(order: seed + 1_000_000))
            #expect(first.count == second.count && !first.isEmpty)
            for (packet, shares) in first {
                let others = second[packet] ?? [:]
                let isSame =
                    shares.count == others.count
                    && shares.allSatisfy { end, share in abs(share - (others[end] ?? -1)) < 1e-9 }
                guard !isSame else { continue }
                Issue.record("cluster \(seed): \(packet): \(shares) or \(others)")
                return
            }
        }
    }
}
