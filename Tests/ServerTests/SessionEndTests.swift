// SPDX-License-Identifier: Apache-2.0

import Server
import Testing

@Suite struct SessionEndTests {
    @Test func `an exit code is told from a failure`() { #expect(SessionEnd.exited(1) != .failed("1")) }
}
