// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Which Services have an endpoint with an address, by the Services' places.
///
/// Nearly all endpoints are the only one with their address, and have no name of their own. Of those of IPv4, of which a lab
/// may have a hundred thousand, no more is kept than two numbers.
struct EndpointHolders: Sendable {
    /// An endpoint as its address knows it.
    struct Holder: Sendable, Hashable {
        var service: Int
        var hostname: String?
    }

    /// The Service of an IPv4 address that is one endpoint without a name.
    private var single: [UInt32: UInt32] = [:]
    /// All others.
    private var others: [Address: [Holder]] = [:]

    /// The endpoints with an address, in the order in which they came.
    private(set) subscript(_ address: Address) -> [Holder] {
        get {
            if case .v4(let number) = address, let place = single[number] { return [Holder(service: Int(place))] }
            return others[address] ?? []
        }
        set {
            guard case .v4(let number) = address else {
                others[address] = newValue.isEmpty ? nil : newValue
                return
            }
            let isSingle = newValue.count == 1 && newValue[0].hostname == nil
            single[number] = isSingle ? UInt32(exactly: newValue[0].service) : nil
            others[address] = newValue.isEmpty || single[number] != nil ? nil : newValue
        }
    }

    /// True if there is an endpoint with this address.
    func contains(_ address: Address) -> Bool { !self[address].isEmpty }

    /// Adds an endpoint.
    /// - Returns: true if the Service had one with this address.
    mutating func insert(_ holder: Holder, at address: Address) -> Bool {
        let before = self[address]
        self[address] = before + [holder]
        return before.contains { $0.service == holder.service }
    }

    /// Takes an endpoint out.
    /// - Returns: true if the Service has another one with this address; nil if there was no such endpoint.
    mutating func remove(_ holder: Holder, at address: Address) -> Bool? {
        var holders = self[address]
        guard let index = holders.firstIndex(of: holder) else { return nil }
        holders.remove(at: index)
        self[address] = holders
        return holders.contains { $0.service == holder.service }
    }
}
