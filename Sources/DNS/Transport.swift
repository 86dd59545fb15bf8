// SPDX-License-Identifier: Apache-2.0

/// How a query came, and how its answer goes back (RFC 1035, section 4.2).
public enum Transport: Sendable, Hashable {
    /// UDP: one message a datagram, no longer than the client says that it takes.
    case datagram
    /// TCP: up to 65,535 bytes. The two bytes of length before each message are the server's to read and write.
    case stream
}
