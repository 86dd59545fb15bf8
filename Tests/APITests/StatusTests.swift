// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

@Suite struct StatusTests {
    @Test func `a missing object is answered with reason, code and what was missing`() throws {
        let status = Status.notFound(try #require(Resource.of(kind: "Deployment")), "web").value
        #expect(status["message"] == "deployments.apps \"web\" not found")
        #expect(status["reason"] == "NotFound")
        #expect(status["code"] == 404)
        #expect(status["details", "group"] == "apps")
    }
}
