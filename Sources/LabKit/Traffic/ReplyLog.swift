// SPDX-License-Identifier: Apache-2.0
internal import Net
internal import Synchronization

/// Replies in small: hours of background traffic, each answer with its moment, in a few dozen bytes each.
///
/// What most replies have in common (who answered, what was said, why it failed) is kept once. Header fields are not kept.
final class ReplyLog: Sendable {
    private struct Entry {
        var began: Int64
        var latency: UInt32
        /// Which of the kinds it is.
        var kind: UInt32
    }

    /// Everything of a reply but its moment.
    fileprivate struct Kind: Hashable {
        var outcome: Check.Outcome
        var status: Int?
        var detail: String
        var body: String
        var answeredBy: String?
        var seenSource: Address?
        var target: SocketAddress?
    }

    private struct Contents {
        var entries: [Entry] = []
        var kinds: [Kind] = []
        var numbers: [Kind: UInt32] = [:]
    }

    private let contents = Mutex(Contents())

    /// Bodies that are longer, or more different ones than so many, are not kept.
    private static let bodyLimit = 1024
    private static let kindLimit = 4096

    func add(_ reply: Reply) {
        contents.withLock { contents in
            let isFull = contents.kinds.count >= ReplyLog.kindLimit
            let body = isFull || reply.body.utf8.count > ReplyLog.bodyLimit ? "" : reply.body
            let kind = Kind(
                outcome: reply.outcome, status: reply.status, detail: isFull ? "" : reply.detail, body: body,
                answeredBy: reply.answeredBy, seenSource: reply.seenSource, target: reply.target)
            let number = contents.numbers[kind] ?? UInt32(contents.kinds.count)
            if number == contents.kinds.count {
                contents.kinds.append(kind)
                contents.numbers[kind] = number
            }
            contents.entries.append(
                Entry(
                    began: Int64(reply.began.milliseconds * 1000),
                    latency: UInt32(clamping: Int(reply.latency.milliseconds * 1000)), kind: number))
        }
    }

    /// The replies that came after a moment, in the order in which their requests began.
    func replies(since moment: Duration) -> [Reply] {
        let from = Int64(moment.milliseconds * 1000)
        return contents.withLock { contents in
            contents.entries.filter { $0.began + Int64($0.latency) >= from }.sorted { $0.began < $1.began }.map {
                contents.kinds[Int($0.kind)].reply($0.began, $0.latency)
            }
        }
    }

    var count: Int { contents.withLock { $0.entries.count } }
}

extension ReplyLog.Kind {
    fileprivate func reply(_ began: Int64, _ latency: UInt32) -> Reply {
        var reply = Reply(outcome, began: .microseconds(began), latency: .microseconds(Int64(latency)))
        reply.status = status
        reply.detail = detail
        reply.body = body
        reply.answeredBy = answeredBy
        reply.seenSource = seenSource
        reply.target = target
        return reply
    }
}
