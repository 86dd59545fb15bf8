// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Kubernetes

struct FaultLink: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Cut a link, or make it slow or lossy.",
        discussion: """
            Of a node it is the link to the edge, of a Pod that to its node. A node whose link is cut in either direction is \
            NotReady, for its kubelet does not get through.

            Delays take the kernel's packet queues (nfnetlink_queue): each packet waits in the kernel until the lab lets it go \
            on. Packets keep their order.

            EXAMPLES
              sudo lab fault link node-2 --delay 100ms
              sudo lab fault link pod/web-1 --loss 10% --direction in
              sudo lab fault link outside/weather --rate 1Mbit
              sudo lab fault link node-2 --cut
              sudo lab fault link node-2 --up
            """)
    @Argument(help: "A node, a Pod (pod/NAME, NAMESPACE/NAME), host, or outside/NAME.")
    var of: String
    @Option(help: "in (what comes to it), out (what it sends), or both.")
    var direction = "both"
    @Flag(help: "Nothing gets through.")
    var cut = false
    @Flag(help: "The link is good again.")
    var up = false
    @Option(help: "How much later packets come: 100ms, 1s.")
    var delay: Milliseconds?
    @Option(help: "By how much the delay varies.")
    var jitter: Milliseconds?
    @Option(help: "How many packets are lost, picked at random: 10%.")
    var loss: Percent?
    @Option(help: "How fast it is, in bits a second: 1Mbit, 500kbit.")
    var rate: BitRate?
    @OptionGroup var choice: FaultChoice

    func validate() throws {
        guard ["in", "out", "both"].contains(direction) else {
            throw ValidationError("--direction is in, out or both, not \(direction).")
        }
        let isBad = cut || delay != nil || loss != nil || rate != nil
        guard isBad != up else {
            throw ValidationError("Say what is to become of the link: --cut, --delay, --loss, --rate, or --up.")
        }
        guard jitter == nil || delay != nil else { throw ValidationError("--jitter needs --delay.") }
    }

    func run() throws {
        var fields: [String: Value] = ["of": .string(of), "direction": .string(direction)]
        if cut || up { fields["state"] = cut ? "cut" : "up" }
        fields["delayMilliseconds"] = delay.map { .double($0.number) }
        fields["jitterMilliseconds"] = jitter.map { .double($0.number) }
        fields["loss"] = loss.map { .double($0.number) }
        fields["bitsPerSecond"] = rate.map { .int(Int64($0.number)) }
        try choice.put("link", fields)
    }
}

/// A time: `100ms`, `1.5s`, `2m`; a number alone is in milliseconds.
struct Milliseconds: ExpressibleByArgument {
    var number: Double

    init?(argument: String) {
        guard let number = Units.read(argument, ["ms": 1, "s": 1000, "m": 60_000, "": 1]) else { return nil }
        self.number = number
    }
}

/// A part of a hundred: `10%`, `0.5%`.
struct Percent: ExpressibleByArgument {
    var number: Double

    init?(argument: String) {
        guard let number = Units.read(argument, ["%": 1, "": 1]), number <= 100 else { return nil }
        self.number = number
    }
}

/// Bits a second: `1Mbit`, `500kbit`, `64000`.
struct BitRate: ExpressibleByArgument {
    var number: Double

    init?(argument: String) {
        let units = ["bit": 1, "kbit": 1e3, "mbit": 1e6, "gbit": 1e9, "": 1]
        guard let number = Units.read(argument.lowercased(), units), number <= 1e12 else { return nil }
        self.number = number
    }
}

private enum Units {
    /// A number of at least 0 with one of the units behind it.
    static func read(_ text: String, _ units: [String: Double]) -> Double? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let number = Double(digits), number >= 0, number.isFinite,
            let unit = units[String(text.dropFirst(digits.count))]
        else { return nil }
        return number * unit
    }
}
