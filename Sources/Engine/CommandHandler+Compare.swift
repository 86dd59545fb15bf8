// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension CommandHandler {
    /// Answers `{"verb": "diff", "files", "service"}`: what applying manifests would change. It is tried on a copy, away
    /// from the lab, which goes on meanwhile.
    func compare(_ request: Value, _ reply: ControlReply) async throws {
        let files = try documents(request)
        for lab in files.labs { reply.say("warning: \(lab): a lab's own settings are fixed once it is up") }
        let before = await lab.copy
        var after = before
        try after.change(to: files.rest, replaces: false, now: .now())
        let service = try request["service"]?.string.map { text in
            do { return try before.serviceKey(text) } catch { return try after.serviceKey(text) }
        }
        reply.done(PlanComparison(from: before, to: after, service: service).value)
    }
}

extension Lab {
    /// The cluster as it is now and as it should be, whatever was broken on purpose. Whoever holds on to it makes the next
    /// change dear.
    var copy: Cluster { cluster.honest }
}
