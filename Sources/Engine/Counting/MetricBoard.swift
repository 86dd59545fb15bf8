// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Synchronization

/// The figures of the lab that the API server tells at `/metrics`, as they were last read.
final class MetricBoard: Sendable {
    private let metrics = Mutex<[Metric]>([])

    /// What there is to tell now.
    var all: [Metric] { metrics.withLock { $0 } }

    func set(_ metrics: [Metric]) { self.metrics.withLock { $0 = metrics } }
}
