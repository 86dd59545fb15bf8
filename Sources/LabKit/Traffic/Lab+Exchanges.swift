// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Linux
internal import Synchronization

extension Lab {
    /// Carries out an order to its end; a cancelled task begins nothing new.
    func exchanges(_ order: ClientOrder) async -> [ClientExchange] {
        let found = Gathered()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ticket = client.begin(order) { [self] exchange in
                    found.add(exchange)
                    tell(exchange, of: order)
                } ended: {
                    continuation.resume()
                }
                found.set(ticket)
                if Task.isCancelled { client.stop(ticket) }
            }
        } onCancel: {
            if let ticket = found.ticket { client.stop(ticket) }
        }
        return found.all.sorted { $0.number < $1.number }
    }

    /// Puts an exchange into the recording, if there is one.
    func tell(_ exchange: ClientExchange, of order: ClientOrder) {
        guard let recording = recording.withLock({ $0 }), !order.words.to.isEmpty else { return }
        recording.tell("request", exchange.storyFields(from: order.words.from, to: order.words.to))
    }

    /// Carries out an order for one exchange.
    func exchange(_ order: ClientOrder) async -> ClientExchange? {
        var order = order
        order.count = 1
        order.concurrency = 1
        order.rate = nil
        order.duration = nil
        return await exchanges(order).first
    }

    /// The moment on the clock of the lab's observer.
    func moment(_ milliseconds: Double) -> Duration { .microseconds(Int64((milliseconds - started) * 1000)) }

    /// Now, on the clock of the lab's observer.
    var now: Duration { moment(Program.milliseconds()) }
}

/// Exchanges that another thread hands over.
private final class Gathered: Sendable {
    private struct Contents {
        var exchanges: [ClientExchange] = []
        var ticket: TrafficClient.Ticket?
    }
    private let contents = Mutex(Contents())

    func add(_ exchange: ClientExchange) { contents.withLock { $0.exchanges.append(exchange) } }
    func set(_ ticket: TrafficClient.Ticket) { contents.withLock { $0.ticket = ticket } }
    var ticket: TrafficClient.Ticket? { contents.withLock { $0.ticket } }
    var all: [ClientExchange] { contents.withLock { $0.exchanges } }
}

extension ClientExchange.End {
    /// How it ended, in a scenario's words, and what the kernel said of a failure.
    var outcome: (Check.Outcome, detail: String) {
        switch self {
        case .answered, .connected: (.delivered, "")
        case .refused: (.refused, "ECONNREFUSED: nobody listens, or a rule rejects")
        case .timedOut: (.timedOut, "no answer in time")
        case .unreachable(let error): (.unreachable, "\(error.name): \(error.sentence)")
        case .reset(let text): (.reset, text)
        case .failed(let text): (.broken, text)
        }
    }
}
