// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

@Suite struct WithheldPartTests {
    private static func service(_ name: String, endpoints: Int, shift: Int = 0, port: UInt16 = 80) -> ServiceEntry {
        let number = name == "bad" ? 1 : 2
        var entry = Samples.service(number, endpoints: endpoints, shift: shift)
        entry.name = "test/\(name)"
        entry.ports[0].port = port
        return entry
    }

    private static func elements(_ part: Ruleset.Part?) -> [String: Set<Element>] {
        (part?.elements ?? [:]).mapValues { Set($0) }
    }

    @Test func `a part that is withheld catches up with all that it missed`() throws {
        var ruleset = Samples.node
        var kernel = TableModel()
        try kernel.apply(ruleset.difference(from: nil))
        try kernel.apply(ruleset.setService(Self.service("bad", endpoints: 2)))
        // From here on the kernel takes nothing of `bad`.
        var withheld = WithheldPart()
        for (endpoints, shift, port) in [(3, 0, 80), (1, 5, 80), (4, 5, 81), (4, 6, 81)] {
            let changes = ruleset.setService(
                Self.service("bad", endpoints: endpoints, shift: shift, port: UInt16(port)))
            try kernel.apply(changes.filter(\.isShared))
            withheld.append(changes.filter { !$0.isShared })
            try kernel.apply(ruleset.setService(Self.service("good", endpoints: endpoints)))
            #expect(kernel != TableModel(ruleset))
        }
        #expect(!withheld.isEmpty)
        try kernel.apply(withheld.changes)
        #expect(kernel == TableModel(ruleset))
    }

    @Test(arguments: 0..<200) func `whatever happens meanwhile, what is withheld is the difference`(_ seed: Int) throws
    {
        var random = SeededGenerator(state: UInt64(seed))
        var ruleset = Samples.node
        var kernel = TableModel()
        try kernel.apply(ruleset.difference(from: nil))
        if Bool.random(using: &random) { try kernel.apply(ruleset.setService(Self.service("bad", endpoints: 3))) }
        let before = Self.elements(ruleset.parts[Ruleset.partName(service: "test/bad")])
        var withheld = WithheldPart()
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let isGone = Int.random(in: 0..<4, using: &random) == 0
            let entry = Self.service(
                "bad", endpoints: Int.random(in: 0...4, using: &random), shift: Int.random(in: 0...2, using: &random),
                port: UInt16(80 + Int.random(in: 0...1, using: &random)))
            let changes = isGone ? ruleset.removeService(named: "test/bad") : ruleset.setService(entry)
            try kernel.apply(changes.filter(\.isShared))
            withheld.append(changes.filter { !$0.isShared })
        }
        let after = Self.elements(ruleset.parts[Ruleset.partName(service: "test/bad")])
        #expect(withheld.isEmpty == (before.filter { !$0.value.isEmpty } == after.filter { !$0.value.isEmpty }))
        try kernel.apply(withheld.changes)
        #expect(kernel == TableModel(ruleset))
    }

    @Test func `an installation in pieces makes the same table as one in one piece`() throws {
        var ruleset = Samples.node
        for number in 1...20 { _ = ruleset.setService(Samples.service(number, endpoints: number % 5)) }
        _ = ruleset.setLocalPod(name: "test/web", address: address("10.244.0.9"))
        var whole = TableModel()
        try whole.apply(ruleset.difference(from: nil))
        var pieces = TableModel()
        let (shared, parts) = ruleset.installation()
        try pieces.apply(shared)
        for part in parts.shuffled() {
            guard case .table(let changes) = part.changes else { continue }
            #expect(changes.filter(\.isShared).isEmpty)
            try pieces.apply(changes)
        }
        #expect(pieces == whole)
        #expect(Set(parts.map(\.part)).count == parts.count)
    }
}
