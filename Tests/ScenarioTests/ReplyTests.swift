// SPDX-License-Identifier: Apache-2.0
import Scenarios
import Testing

@Suite struct ReplyTests {
    @Test func `a reply that says that the server failed is a failure`() {
        var reply = Reply(.delivered)
        reply.status = 404
        #expect(!reply.isFailure)
        reply.status = 503
        #expect(reply.isFailure)
        #expect(Reply(.reset).isFailure)
    }
}
