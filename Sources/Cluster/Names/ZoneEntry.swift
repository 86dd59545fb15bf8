// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Net

/// What a name is to the zone, before anyone asks for a type.
enum ZoneEntry: Sendable, Hashable {
    /// The cluster's domain itself.
    case apex
    /// A name in the cluster's domain that has none but others below it: `svc`, a namespace.
    case between
    /// `dns-version`.
    case version
    /// `ns.dns`.
    case server
    /// A Service, or some of its ports.
    case service(Int, ServiceNames.Wanted)
    /// Endpoints of a Service by what they are called.
    case endpoint(Int, String)
    /// A Pod by its address (D73).
    case pod(Address)
    /// In the cluster's domain, and nothing.
    case missing(Missing)
    /// What the lab file says of a name outside.
    case host(NameZone.Configuration.Host)
    /// The reverse name of an address that something in the cluster has.
    case reverse(Address)
    /// A reverse zone of the cluster itself.
    case reverseApex(Int)
    /// A name in one that is no whole address.
    case reverseBetween(Int)
    /// The reverse name of an address of the cluster that nothing has.
    case reverseMissing(Int, Address)
    /// Others know it.
    case forwarded([SocketAddress])
    /// Nobody is known to know it. True if it has names below it.
    case unknown(Bool)

    /// Why a name in the cluster's domain is nothing.
    enum Missing: Sendable, Hashable {
        /// Neither `svc` nor `pod`, or more labels than any name has.
        case shape
        case namespace(String)
        case service(ServiceName)
        case podAddress(String)
    }
}
