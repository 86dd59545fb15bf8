// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What Services hold of the cluster's addresses and node ports, with a way back to where a manifest began.
struct Allocations: Sendable {
    /// The families of the cluster addresses, the primary one first.
    let families: [Family]
    private var serviceAddresses: [Family: AddressAllocator] = [:]
    private(set) var nodePorts: NodePortAllocator
    private var journal: [Step] = []

    private enum Step: Sendable {
        case tookAddress(Address)
        case freedAddress(Address)
        case tookPort(UInt16)
        case freedPort(UInt16)
    }

    init(_ configuration: Configuration) {
        families = configuration.families
        for ranges in configuration.ranges {
            serviceAddresses[ranges.family] = AddressAllocator(ranges.services)
        }
        nodePorts = NodePortAllocator(configuration.nodePorts)
    }

    /// Forgets the way back: what was taken and freed stays so.
    mutating func commit() { journal = [] }

    /// Undoes everything since the last commit, latest first. Only what was free before is taken again, so nothing
    /// fails.
    mutating func rollBack() {
        for step in journal.reversed() {
            switch step {
            case .tookAddress(let address): serviceAddresses[address.family]?.release(address)
            case .freedAddress(let address): try? serviceAddresses[address.family]?.allocate(address)
            case .tookPort(let port): nodePorts.release(port)
            case .freedPort(let port): try? nodePorts.allocate(Int(port))
            }
        }
        journal = []
    }

    mutating func takeAddress(_ address: Address) throws(AllocationFailure) {
        try serviceAddresses[address.family]?.allocate(address)
        journal.append(.tookAddress(address))
    }

    /// Takes an address of a family that the cluster has.
    mutating func takeAnyAddress(
        _ family: Family, _ numbers: inout RandomNumbers
    ) throws(AllocationFailure) -> Address {
        guard let address = try serviceAddresses[family]?.allocateRandom(using: &numbers) else { throw .full }
        journal.append(.tookAddress(address))
        return address
    }

    mutating func free(_ address: Address) {
        guard serviceAddresses[address.family]?.contains(address) == true else { return }
        serviceAddresses[address.family]?.release(address)
        journal.append(.freedAddress(address))
    }

    mutating func takePort(_ port: Int) throws(AllocationFailure) {
        try nodePorts.allocate(port)
        journal.append(.tookPort(UInt16(port)))
    }

    mutating func takeAnyPort(_ numbers: inout RandomNumbers) throws(AllocationFailure) -> UInt16 {
        let port = try nodePorts.allocateRandom(using: &numbers)
        journal.append(.tookPort(port))
        return port
    }

    /// Takes what a Service has already.
    mutating func restore(_ service: Service) {
        for address in service.clusterAddresses { try? serviceAddresses[address.family]?.allocate(address) }
        for port in service.ports.compactMap(\.nodePort) + [service.healthCheckNodePort].compactMap(\.self) {
            try? nodePorts.allocate(Int(port))
        }
    }

    mutating func free(_ port: UInt16) {
        guard nodePorts.contains(port) else { return }
        nodePorts.release(port)
        journal.append(.freedPort(port))
    }
}
