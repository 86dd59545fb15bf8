// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What Services hold of the cluster's addresses and node ports, with a way back to where a manifest began.
struct Allocations: Sendable {
    private(set) var serviceAddresses: AddressAllocator
    private(set) var nodePorts: NodePortAllocator
    var loadBalancerAddresses: AddressAllocator
    private var journal: [Step] = []

    private enum Step: Sendable {
        case tookAddress(Address)
        case freedAddress(Address)
        case tookPort(UInt16)
        case freedPort(UInt16)
    }

    init(_ configuration: Configuration) {
        serviceAddresses = AddressAllocator(configuration.serviceRange)
        nodePorts = NodePortAllocator(configuration.nodePorts)
        loadBalancerAddresses = AddressAllocator(configuration.loadBalancerRange)
    }

    /// Forgets the way back: what was taken and freed stays so.
    mutating func commit() { journal = [] }

    /// Undoes everything since the last commit, latest first. Only what was free before is taken again, so nothing
    /// fails.
    mutating func rollBack() {
        for step in journal.reversed() {
            switch step {
            case .tookAddress(let address): serviceAddresses.release(address)
            case .freedAddress(let address): try? serviceAddresses.allocate(address)
            case .tookPort(let port): nodePorts.release(port)
            case .freedPort(let port): try? nodePorts.allocate(Int(port))
            }
        }
        journal = []
    }

    mutating func takeAddress(_ address: Address) throws(AllocationFailure) {
        try serviceAddresses.allocate(address)
        journal.append(.tookAddress(address))
    }

    mutating func takeAnyAddress(_ numbers: inout RandomNumbers) throws(AllocationFailure) -> Address {
        let address = try serviceAddresses.allocateRandom(using: &numbers)
        journal.append(.tookAddress(address))
        return address
    }

    mutating func free(_ address: Address) {
        guard serviceAddresses.contains(address) else { return }
        serviceAddresses.release(address)
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

    mutating func free(_ port: UInt16) {
        guard nodePorts.contains(port) else { return }
        nodePorts.release(port)
        journal.append(.freedPort(port))
    }
}
