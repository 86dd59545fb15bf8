// SPDX-License-Identifier: Apache-2.0
import LabKit
import Testing

@Test(.enabled(if: Lab.obstacle == nil))
func `traffic moves from blue to green, and no request fails`() async throws {
    try await Lab.with("Labs/blue-green.yaml") { lab in
        let clients = try await lab.background("http://web/", from: lab.host, rate: 200)

        try await lab.patch("service/web", #"{"spec": {"selector": {"version": "green"}}}"#)
        try await lab.eventually("green answers") {
            try await lab.host.curl("http://web/").answeredBy?.hasPrefix("green") == true
        }

        await clients.stop()
        let replies = await clients.replies()
        #expect(!replies.isEmpty)
        #expect(replies.allSatisfy { !$0.isFailure })
        #expect(try await lab.why(to: "http://web/").isDelivered)
    }
}
