// SPDX-License-Identifier: Apache-2.0
internal import NIOHTTP1

/// What goes on between a request and the end of its answer, and takes longer. It lives on its connection's event loop.
protocol Activity: AnyObject {
    /// More of the request came; for those who asked for it only.
    func received(_ part: HTTPServerRequestPart)
    /// Whether more of the request may be read now.
    var wantsMore: Bool { get }
    /// The connection can take more of the answer, or should be spared for the moment.
    func writabilityChanged()
    /// The connection has gone before the answer ended; nobody is told more.
    func clientLeft()
}

extension Activity {
    func received(_ part: HTTPServerRequestPart) {}
    var wantsMore: Bool { true }
    func writabilityChanged() {}
}
