// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// Nodes whose kernel tracks as many connections as it can.
extension Lab {
    /// Fills a node's table of tracked connections to so many per cent with connections that nobody has; 0 takes them away.
    func fillConntrack(_ node: String, _ percent: Double) async throws {
        guard (0...100).contains(percent) else { throw LabError("fill takes 0 to 100 per cent") }
        let known = faults.inForce["conntrack/\(node)"]
        let limit = try ConntrackSocket.limit()
        guard limit <= Lab.conntrackLimit else {
            throw LabError(
                "this kernel tracks up to \(limit) connections a namespace, too many to fill with: "
                    + "sysctl -w net.netfilter.nf_conntrack_max=\(Lab.conntrackLimit) lowers that for the whole machine"
            )
        }
        let socket = try ConntrackSocket(in: try kernel.edge.place(NamespaceName(node)).namespace, place: node)
        if percent > 0 { begin(.conntrack(percent: percent), .node(node)) } else if let known { forget(known) }
        // What is being filled up right now would come back.
        for _ in 0..<500 where faults.isToppingUp { try await Task.sleep(for: .milliseconds(10)) }
        do {
            try await work { () throws(KernelError) in
                if known != nil || percent == 0 { try socket.empty() }
                let missing = Int(Double(limit) * percent / 100) - (try socket.count())
                if missing > 0 { _ = try socket.fill(missing, from: 0) }
            }
        } catch {
            if let fault = faults.inForce["conntrack/\(node)"] { forget(fault, because: ": \(error)") }
            throw error
        }
    }

    /// A table of so many connections takes some 300 MB.
    private static let conntrackLimit = 1_000_000

    /// Puts connections where others ended.
    func topUp(_ node: String, _ percent: Double) {
        guard !faults.isToppingUp, let namespace = try? kernel.edge.place(NamespaceName(node)).namespace else { return }
        faults.isToppingUp = true
        let kernel = kernel
        kernel.callers.submit {
            defer { kernel.inbox.post(.toppedUp) }
            guard let socket = try? ConntrackSocket(in: namespace, place: node),
                let limit = try? ConntrackSocket.limit(), let count = try? socket.count()
            else { return }
            let missing = Int(Double(limit) * percent / 100) - count
            if missing > 0 { _ = try? socket.fill(missing, from: 0) }
        }
    }

    /// Does slow work of the kernel's on another thread.
    private func work(_ body: @escaping @Sendable () throws(KernelError) -> Void) async throws {
        let callers = kernel.callers
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            callers.submit { continuation.resume(with: Result { try body() }) }
        }
    }
}
