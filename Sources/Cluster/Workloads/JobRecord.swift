// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What has become of the Pods of a Job, kept though the Pods themselves may be gone.
struct JobRecord: Sendable {
    static let indexLabel = "batch.kubernetes.io/job-completion-index"

    private(set) var succeeded = 0
    private(set) var failed = 0
    /// The indexes of an Indexed Job of which a Pod has succeeded.
    private(set) var completed: Set<Int> = []
    /// How many Pods have failed since one last succeeded.
    private var failuresInRow = 0
    private var lastFailure: Timestamp?

    init() {}

    /// The record that was kept as this value.
    init(_ kept: Value) {
        succeeded = kept["succeeded"]?.int ?? 0
        failed = kept["failed"]?.int ?? 0
        completed = Set(kept["completed"]?.elements.compactMap(\.int) ?? [])
        failuresInRow = kept["failuresInRow"]?.int ?? 0
        lastFailure = kept["lastFailure"]?.int.map { Timestamp(milliseconds: Int64($0)) }
    }

    /// As it is kept.
    var kept: Value {
        var value: Value = [
            "succeeded": .int(Int64(succeeded)), "failed": .int(Int64(failed)),
            "completed": .array(completed.sorted().map { .int(Int64($0)) }),
            "failuresInRow": .int(Int64(failuresInRow)),
        ]
        value["lastFailure"] = lastFailure.map { .int($0.milliseconds) }
        return value
    }

    /// A Pod is finished; it counts if it was not before, and was not told to go.
    mutating func count(_ pod: PodFacts, before: PodFacts?, now: Timestamp) {
        guard before?.isFinished != true, !pod.isTerminating else { return }
        if pod.phase == .succeeded {
            succeeded += 1
            failuresInRow = 0
            if let number = JobRecord.index(of: pod) { completed.insert(number) }
        } else {
            failed += 1
            failuresInRow += 1
            lastFailure = now
        }
    }

    static func index(of pod: PodFacts) -> Int? { pod.labels[indexLabel].flatMap { Int($0) } }

    /// When the next Pod may be tried: ten seconds after the first failure, twice as long after each further one, up to
    /// ten minutes. Nil if none has failed.
    var nextTry: Timestamp? {
        guard let lastFailure, failuresInRow > 0 else { return nil }
        let seconds = min(600, 10 << min(failuresInRow - 1, 6))
        return lastFailure.advanced(milliseconds: Int64(seconds) * 1000)
    }

    /// The completed indexes as `status.completedIndexes` has them: `0,2-4`.
    func completedText(below limit: Int) -> String {
        var parts: [String] = []
        var numbers = completed.filter { $0 < limit }.sorted()[...]
        while let first = numbers.popFirst() {
            var last = first
            while numbers.first == last + 1 { last = numbers.removeFirst() }
            parts.append(first == last ? "\(first)" : last == first + 1 ? "\(first),\(last)" : "\(first)-\(last)")
        }
        return parts.joined(separator: ",")
    }
}
