// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes

/// A node's rules as they are read: on a terminal within its width, the reasons set off.
struct RulesText {
    private let answer: Value

    init(_ answer: Value) { self.answer = answer }

    func print() {
        let listing = RuleListing((answer["lines"]?.elements ?? []).compactMap(RuleLine.init))
        let width = Terminal.width()
        for line in head { Terminal.print(Terminal.dim("# " + line)) }
        Terminal.write(
            listing.rows(width: width).map { row in
                row.text + (row.comment.isEmpty ? "" : Terminal.dim(row.comment)) + "\n"
            }.joined())
        tellDifferences()
    }

    /// What is printed; comments for nft and iptables-restore alike.
    private var head: [String] {
        let node = answer.text("node")
        var what = "rules of \(node), proxy mode \(answer.text("proxyMode"))"
        if let service = answer["service"]?.string { what += "; only those of Service \(service)" }
        let isEmpty = answer["lines"]?.elements.isEmpty ?? true
        if isEmpty { what = "\(node) has no " + what }
        return [what.oneLine]
    }

    /// Whether the kernel has the same; on standard error, for it is no rule.
    private func tellDifferences() {
        guard let differences = answer["differences"]?.elements.compactMap(\.string) else { return }
        let broken = answer["faults"]?.elements.compactMap(\.string) ?? []
        if !broken.isEmpty { Terminal.note("Broken on purpose: \(broken.joined(separator: "; ")).".oneLine) }
        guard !differences.isEmpty else {
            return Terminal.note("The kernel of \(answer.text("node")) has these rules.")
        }
        Terminal.note("The kernel has other rules than the plan:")
        for difference in differences { Terminal.note("  " + difference.oneLine) }
    }
}
