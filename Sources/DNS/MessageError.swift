// SPDX-License-Identifier: Apache-2.0

/// Why bytes are no message.
public enum MessageError: Error, Sendable, Hashable {
    /// They end before all is there that their counts and lengths promise.
    case endsEarly
    /// There is more after the last record.
    case hasMore
    /// A label of a kind that there is not (RFC 6891, section 5: extended labels are no more).
    case label
    /// A name points forward, at itself or into the header.
    case pointer
    /// A name of more than 255 bytes.
    case longName
    /// A record's data is shorter or longer than its length says.
    case dataLength
    /// OPT is there twice, has a name, or stands where it may not (RFC 6891, section 6.1.1).
    case edns
}
