// SPDX-License-Identifier: Apache-2.0
internal import Cluster
public import Dataplane
public import Kubernetes
internal import Net

/// The JSON of a traced journey: all that `Journey.value` has (`origin`, `protocol`, `sentFrom`, `sentTo`, `outcome`,
/// `hops`, `lines`, …), and beside it
///
///     "times": [nanoseconds since 1970, one a hop], "replyHops": [hops], "replyTimes": […],
///     "frames": [{"namespace", "interface", "direction": "in" | "out", "time", "length", "bytes": hexadecimal,
///                 "hop": number of the hop that it is, "replyHop"}],
///     "tracked": [{"namespace", "source", "destination", "replySource", "replyDestination"}],
///     "agreement": {"verdict": "as predicted" | "differs" | "not predicted", "text",
///                   "hop": number of the first hop that is another, "seen", "expected": […]}
///
/// The verb `trace` of the control socket:
///
///     {"verb": "trace", "from": place, "to": goal?, "protocol": "tcp" | "udp" | "sctp"?, "count": N?, "seconds": N?,
///      "frames": bool?, "rules": bool?}
///
/// `from` and `to` are as those of `why`; without `to`, every connection that begins at the place. `frames` asks for the
/// bytes, `rules` for the lines of rules that decided nothing. Answers, one a line:
///
///     {"ready": {"from": namespace, "watched": [namespaces]}}     it is on: connections from now on are seen
///     {"say": text}                                               what someone should know
///     {"journey": {…}}                                            one a connection
///     {"done": {"journeys": N, "lost": N, "watched": [namespaces]}}   `lost`: the kernel's messages that were thrown away
///
/// or `{"error": text}`. It ends after `count` journeys, after `seconds`, or when the client closes its writing side
/// (`ControlClient.endWriting`): connections that are under way are still told, then comes `done`.
extension TracedJourney {
    /// The journey as JSON has it.
    /// - Parameters:
    ///   - everyRule: whether the lines tell of rules that decided nothing, too.
    ///   - frames: whether the bytes of what was heard are in it.
    public func value(everyRule: Bool = false, frames withFrames: Bool = false) -> Value {
        var value = journey.value(everyRule: everyRule)
        value["times"] = .array(times.map { .int(Int64(clamping: $0)) })
        value["replyHops"] = .array(reply.map(\.value))
        value["replyTimes"] = .array(replyTimes.map { .int(Int64(clamping: $0)) })
        value["tracked"] = .array(tracked.map(\.value))
        value["agreement"] = agreement.value
        if withFrames { value["frames"] = .array(frames.map(\.value)) }
        return value
    }
}

extension TracedJourney.Agreement {
    fileprivate var value: Value {
        var value: Value = ["text": .string(description)]
        switch self {
        case .asPredicted: value["verdict"] = "as predicted"
        case .notPredicted: value["verdict"] = "not predicted"
        case .differs(let difference):
            value["verdict"] = "differs"
            value["hop"] = .int(Int64(difference.hop))
            value["seen"] = .string(difference.seen)
            value["expected"] = .array(difference.expected.map { .string($0) })
        }
        return value
    }
}

extension TrackedConnection {
    fileprivate var value: Value {
        [
            "namespace": .string(namespace.text), "source": .string("\(original.source)"),
            "destination": .string("\(original.destination)"), "replySource": .string("\(reply.source)"),
            "replyDestination": .string("\(reply.destination)"),
        ]
    }
}

extension CapturedFrame {
    fileprivate var value: Value {
        var value: Value = [
            "namespace": .string(namespace.text), "interface": .string(interface),
            "direction": .string(direction.rawValue), "time": .int(Int64(clamping: time)),
            "length": .int(Int64(length)), "bytes": .string(CapturedFrame.hexadecimal(bytes)),
        ]
        value["hop"] = hop.map { .int(Int64($0)) }
        value["replyHop"] = replyHop.map { .int(Int64($0)) }
        return value
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.count)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
