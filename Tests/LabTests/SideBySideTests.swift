// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

extension LabSuites {
    /// Isolated labs that come up, answer and go at the same time, all with the same addresses.
    @Suite
    struct SideBySideTests {
        @Test func `four labs with the same addresses come up at once, and no request of one meets another`() throws {
            let before = try LifeTests.host()
            let labs = Mutex<[LabUnderTest]>([])
            Self.atOnce(4) { _ in
                guard let lab = try? LabUnderTest(LifeTests.small) else { return }
                labs.withLock { $0.append(lab) }
            }
            let all = labs.withLock { $0 }
            #expect(all.count == 4)
            let addresses = try all.map { try $0.service("web")["externalIP"] as? String }
            #expect(Set(addresses) == ["203.0.113.1"])
            let strangers = Mutex<[String]>([])
            Self.atOnce(4) { number in
                guard number < all.count else { return }
                let own = Set((try? all[number].pods().compactMap { $0["name"] as? String }) ?? [])
                let answers = (try? all[number].answers("http://203.0.113.1", count: 100)) ?? [:]
                let names = answers.keys.map { String($0.dropFirst("Hello from Pod ".count).dropLast()) }
                strangers.withLock { $0 += names.filter { !own.contains($0) } + (names.count == 2 ? [] : ["too few"]) }
            }
            #expect(strangers.withLock { $0 } == [])
            labs.withLock { $0 = [] }
            for lab in all { try lab.down() }
            let change = try LifeTests.change(since: before)
            #expect(change == "")
        }

        @Test func `of two that want one name at once, one is refused and the other comes up`() throws {
            let before = try LifeTests.host()
            let name = "test-same-\(UInt32.random(in: 0..<1_000_000))"
            let ended = Mutex<[Ran]>([])
            Self.atOnce(2) { _ in
                guard
                    let ran = try? LabProgram.run(["up", "-", "--isolated", "--name", name], input: LifeTests.small)
                else { return }
                ended.withLock { $0.append(ran) }
            }
            let codes = ended.withLock { $0.map(\.code).sorted() }
            #expect(codes == [0, 1], "\(ended.withLock { $0 })")
            let answer = try LabProgram.run(
                ["exec", "host", "--lab", name, "--", "curl", "-sS", "-m", "3", "http://203.0.113.1"])
            #expect(answer.output.hasPrefix("Hello from Pod"))
            #expect(try LabProgram.run(["down", name]).code == 0)
            let change = try LifeTests.change(since: before)
            #expect(change == "")
        }

        /// Runs the body so many times at once, each on a thread of its own, and waits for all.
        private static func atOnce(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
            let group = DispatchGroup()
            for number in 0..<count {
                group.enter()
                Thread {
                    body(number)
                    group.leave()
                }.start()
            }
            group.wait()
        }
    }
}
