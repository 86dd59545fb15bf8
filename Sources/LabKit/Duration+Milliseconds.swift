// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// In milliseconds, with what is behind the point.
    var milliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
    }
}
