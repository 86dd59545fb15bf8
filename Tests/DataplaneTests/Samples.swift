// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net

/// Services by number, as many as a test wants.
enum Samples {
    static func service(_ number: Int, endpoints count: Int, shift: Int = 0) -> ServiceEntry {
        let slots = (0..<count).map { slot in
            SocketAddress(
                Address(10, 244, UInt8(number % 250), 0).advanced(by: slot + shift), UInt16(8000 + number % 1000))
        }
        return ServiceEntry(
            "load/service-\(number)",
            ports: [
                ServicePortEntry(
                    pool: UInt32(number), port: 80, clusterAddresses: [address("10.96.0.0").advanced(by: number)],
                    nodePort: UInt16(30000 + number % 2000), endpoints: slots,
                    reasons: ServicePortReasons(port: Because("Service load/service-\(number)", field: "spec.ports[0]"))
                )
            ])
    }

    static var node: Ruleset {
        .node(
            nodeAddress: address("172.18.0.2"), serviceRange: prefix("10.96.0.0/16"), podRange: prefix("10.244.0.0/16"))
    }
}

/// A generator of the same numbers for the same seed. The algorithm is SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
