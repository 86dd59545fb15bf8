// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Net

/// Something that was broken on purpose and stays so until it is mended.
struct LabFault: Sendable, Hashable {
    /// What is broken.
    enum Kind: Sendable, Hashable {
        /// Packets are cut off, late or lost: those that come in, and those that go out.
        case link(inward: BadWire, outward: BadWire)
        /// All processes of a Pod, or of a node with its part in the control plane, stand still.
        case freeze
        /// A node has no link.
        case node
        /// A node's Service rules stay as they are.
        case proxy
        /// A Pod that answers for names does not.
        case nameServer
        /// A node tracks so many connections that nobody has, in per cent of those that it can.
        case conntrack(percent: Double)

        /// As commands and identifiers name it.
        var word: String {
            switch self {
            case .link: "link"
            case .freeze: "freeze"
            case .node: "node"
            case .proxy: "proxy"
            case .nameServer: "nameServer"
            case .conntrack: "conntrack"
            }
        }
    }

    /// Whose.
    var target: FaultTarget
    /// What.
    var kind: Kind
    /// Since when.
    var since: Timestamp

    /// One of a kind and a target at a time: `link/node-2`, `freeze/default/web-1`.
    var id: String { "\(kind.word)/\(target.text)" }

    /// What is the matter, in a sentence without its end.
    var text: String {
        switch kind {
        case .link(let inward, let outward):
            let sides = [("in", inward), ("out", outward)].filter { $0.1.isBad }
            let isSame = inward == outward
            let words = isSame ? [inward.text] : sides.map { "\($0.0): \($0.1.text)" }
            return "the link of \(target.text) is bad (\(words.joined(separator: "; ")))"
        case .freeze: return "\(target.text) is frozen"
        case .node: return "\(target.text) has no link"
        case .proxy: return "the proxy of \(target.text) is stopped: its Service rules stay as they are"
        case .nameServer: return "\(target.text) does not answer for names"
        case .conntrack(let percent):
            return "the table of connections of \(target.text) is filled to \(percent.short) %"
        }
    }
}

/// Whose part of a lab is broken.
enum FaultTarget: Sendable, Hashable {
    case node(String)
    /// The Pod of this uid; one that comes later in its name is another.
    case pod(ObjectKey, uid: String)
    /// The host, or `outside/NAME`.
    case place(String)

    /// `node-2`, `default/web-1`, `host`, `outside/weather`.
    var text: String {
        switch self {
        case .node(let name), .place(let name): name
        case .pod(let key, _): "\(key.namespace)/\(key.name)"
        }
    }

    /// The object that Events are about: of what is no object, the control plane's Service.
    var object: ObjectKey {
        switch self {
        case .node(let name): ObjectKey("Node", "", name)
        case .pod(let key, _): key
        case .place: ObjectKey("Service", "default", "kubernetes")
        }
    }
}

/// What is wrong with one direction of a link.
struct BadWire: Sendable, Hashable {
    /// Nothing gets through.
    var isCut = false
    /// How much later packets come, in milliseconds.
    var delay = 0.0
    /// By how much that varies.
    var jitter = 0.0
    /// How many packets are lost, in per cent.
    var loss = 0.0
    /// How fast it is, in bits a second; nil for as fast as it can.
    var bitsPerSecond: Int?

    var isBad: Bool { self != BadWire() }
    /// True if nothing gets through.
    var losesAll: Bool { isCut || loss >= 100 }
    /// True if packets have to wait.
    var waits: Bool { !losesAll && (delay > 0 || bitsPerSecond != nil) }

    var text: String {
        guard !isCut else { return "cut" }
        var words: [String] = []
        if delay > 0 { words.append("\(delay.short) ms late" + (jitter > 0 ? " ± \(jitter.short) ms" : "")) }
        if loss > 0 { words.append("\(loss.short) % lost") }
        if let bitsPerSecond { words.append("\(bitsPerSecond) bit/s") }
        return words.isEmpty ? "good" : words.joined(separator: ", ")
    }
}

extension Double {
    /// The number without decimals that say nothing: `10`, `0.5`.
    var short: String { self == rounded() && abs(self) < 1e9 ? "\(Int(self))" : "\(self)" }
}
