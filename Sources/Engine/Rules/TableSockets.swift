// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux

/// A socket for nftables in each namespace whose rules the lab keeps, and the kernel's count of changes there: another
/// count than the one after the lab's last change means that someone else was there.
struct TableSockets {
    private struct Kept {
        let socket: TableSocket
        var generation: UInt32?
    }

    private let edge: KernelEdge
    private var kept: [NamespaceName: Kept] = [:]

    init(_ edge: KernelEdge) { self.edge = edge }

    /// The socket of a namespace, which is opened when it is first asked for.
    mutating func socket(_ name: NamespaceName) throws(KernelError) -> TableSocket {
        if let kept = kept[name] { return kept.socket }
        let socket = try TableSocket(in: try edge.place(name).namespace, place: name.text)
        kept[name] = Kept(socket: socket)
        return socket
    }

    /// A batch of the lab's own was committed.
    mutating func count(_ name: NamespaceName) {
        guard let generation = kept[name]?.generation else { return }
        kept[name]?.generation = generation &+ 1
    }

    /// Takes the kernel's count as the lab's own from now on.
    mutating func learn(_ name: NamespaceName) {
        let generation = try? kept[name]?.socket.generation()
        kept[name]?.generation = generation
    }

    /// The namespaces in which someone else changed something since.
    var disturbed: [NamespaceName] {
        kept.keys.filter { isDisturbed($0) }.sorted()
    }

    /// True if someone else changed something in the namespace.
    func isDisturbed(_ name: NamespaceName) -> Bool {
        guard let kept = kept[name], let generation = kept.generation else { return false }
        return (try? kept.socket.generation()) != generation
    }
}
