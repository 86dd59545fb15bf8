// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

@Suite struct SlotOrderTests {
    private static func sockets(_ letters: String) -> [SocketAddress] {
        letters.utf8.map { SocketAddress(Address(10, 0, 0, $0), 80) }
    }

    @Test(arguments: [
        ("", "", ""), ("", "cab", "abc"), ("abc", "cba", "abc"), ("abc", "abcd", "abcd"), ("abcd", "acd", "adc"),
        ("abcd", "abc", "abc"), ("abcd", "ac", "ac"), ("abcd", "d", "d"), ("abc", "acx", "axc"), ("abc", "xyz", "xyz"),
        ("cab", "caxyb", "cabxy"), ("abc", "", ""), ("ab", "bbaa", "ab"),
    ])
    func `endpoints keep their slots`(_ previous: String, _ ready: String, _ expected: String) {
        let settled = SlotOrder.settle(previous: Self.sockets(previous), ready: Self.sockets(ready))
        #expect(settled == Self.sockets(expected))
    }

    @Test func `any change touches no more slots than it has to`() {
        var random = SeededGenerator(state: 7)
        var slots: [SocketAddress] = []
        for _ in 0..<500 {
            let ready = Self.sockets("abcdefghijklmnop").filter { _ in Bool.random(using: &random) }
            let next = SlotOrder.settle(previous: slots, ready: ready.shuffled(using: &random))
            #expect(Set(next) == Set(ready))
            #expect(next.count == ready.count)
            let changed = zip(slots, next).count { $0 != $1 }
            #expect(changed <= Set(slots).subtracting(ready).count)
            slots = next
        }
    }
}
