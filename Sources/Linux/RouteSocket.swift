// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc
public import Net

/// A conversation with the kernel about a namespace's links, addresses, routes and neighbours (rtnetlink).
///
/// The socket stays in the namespace it was opened in; it may be used from any thread.
public final class RouteSocket: Sendable {
    let socket: NetlinkSocket

    /// Opens a socket in a namespace; without one, in that of the calling thread.
    /// - Parameter place: the namespace's name, for the text of errors.
    public init(in namespace: NetworkNamespace? = nil, place: String = "") throws(KernelError) {
        socket = try NetlinkSocket(.route, in: namespace, place: place)
    }

    /// Carries out requests in their order, all in one system call.
    ///
    /// A request that the kernel refuses does not stop those after it: the first refusal is thrown when all were
    /// tried, and names its request. Later ones are often its consequence.
    public func send(_ requests: [RouteRequest]) throws(KernelError) {
        guard !requests.isEmpty else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(requests.count * 96)
        for (index, request) in requests.enumerated() {
            var message: [UInt8]
            do throws(Errno) { message = try RouteBuilder.message(request) } catch {
                throw failure(request, error, "the request cannot be written")
            }
            RouteSocket.number(&message, UInt32(index + 1), acknowledged: index == requests.count - 1)
            bytes += message
        }
        let answer = try socket.converse(
            bytes, last: UInt32(requests.count), "sending \(requests.count) requests", call: "send")
        guard let first = answer.failures.min(by: { $0.sequence < $1.sequence }) else { return }
        let index = Int(first.sequence) - 1
        throw failure(requests[min(max(index, 0), requests.count - 1)], first.errno, first.message)
    }

    /// Carries out one request.
    public func send(_ request: RouteRequest) throws(KernelError) { try send([request]) }

    private func failure(_ request: RouteRequest, _ errno: Errno, _ message: String) -> KernelError {
        KernelError(request.description + socket.suffix, call: request.call, errno, message: message)
    }

    /// Writes the number and the flags that every request has into a message's header. Only the last of many asks
    /// for an acknowledgement: errors come without being asked for.
    private static func number(_ message: inout [UInt8], _ sequence: UInt32, acknowledged: Bool) {
        message[6] |= UInt8(NLM_F_REQUEST | (acknowledged ? NLM_F_ACK : 0))
        for byte in 0..<4 { message[8 + byte] = UInt8(truncatingIfNeeded: sequence >> UInt32(8 * byte)) }
    }

    // MARK: Reading

    /// The namespace's interfaces. The corresponding command is `ip link`.
    public func links() throws(KernelError) -> [LinkEntry] {
        try dump(RTM_GETLINK, AF_UNSPEC, header: 16, "reading the interfaces").compactMap(LinkEntry.init)
    }

    /// The addresses of all interfaces, of both families. The corresponding command is `ip address`.
    public func addresses() throws(KernelError) -> [InterfaceAddress] {
        try dump(RTM_GETADDR, AF_UNSPEC, header: 8, "reading the addresses").compactMap(InterfaceAddress.init)
    }

    /// The routes of every table, of both families. The corresponding command is `ip route show table all`.
    public func routes() throws(KernelError) -> [RouteEntry] {
        var messages: [NetlinkMessage] = []
        for family in Family.allCases {
            messages += try dump(
                RTM_GETROUTE, RouteBuilder.number(family), header: 12, "reading the routes")
        }
        return messages.compactMap(RouteEntry.init)
    }

    /// The neighbour table, of both families. The corresponding command is `ip neighbour`.
    public func neighbours() throws(KernelError) -> [NeighbourEntry] {
        try dump(RTM_GETNEIGH, AF_UNSPEC, header: 12, "reading the neighbours").compactMap(NeighbourEntry.init)
    }

    /// The route that a packet of this namespace to the address would take, or nil if there is none.
    /// Its destination is the address itself. The corresponding command is `ip route get`.
    public func routeTo(_ address: Address) throws(KernelError) -> RouteEntry? {
        var writer = NetlinkWriter()
        writer.begin(type: RTM_GETROUTE, flags: NLM_F_ACK, sequence: 1)
        let header = [UInt8(RouteBuilder.number(address.family)), UInt8(address.family.bits)]
        writer.append(header + Array(repeating: 0, count: 10))
        writer.put(Int(RTA_DST.rawValue), bytes: address.bytes)
        writer.end()
        let operation = "looking up the route to \(address)"
        let answer = try socket.converse(writer.bytes(), last: 1, operation, call: "RTM_GETROUTE")
        if let failure = answer.failures.first {
            if [ENETUNREACH, EHOSTUNREACH].contains(failure.errno.rawValue) { return nil }
            throw KernelError(
                operation + socket.suffix, call: "RTM_GETROUTE", failure.errno, message: failure.message)
        }
        return answer.messages.lazy.compactMap(RouteEntry.init).first
    }

    /// Asks for a whole table, again if it changed while it was read.
    private func dump(
        _ type: Int, _ family: Int32, header: Int, _ operation: String
    ) throws(KernelError) -> [NetlinkMessage] {
        var writer = NetlinkWriter()
        writer.begin(type: type, flags: NLM_F_DUMP, sequence: 1)
        writer.append([UInt8(family)] + Array(repeating: 0, count: header - 1))
        writer.end()
        return try socket.dump(writer.bytes(), operation, call: "RTM_GET")
    }
}
