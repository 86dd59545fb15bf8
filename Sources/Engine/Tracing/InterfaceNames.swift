// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux
internal import Synchronization

/// The names of a namespace's interfaces by their numbers, asked of the kernel when a new number turns up.
final class InterfaceNames: Sendable {
    private let routes: RouteSocket
    private let names = Mutex<[UInt32: String]>([:])

    init(_ place: KernelEdge.Place) {
        routes = place.routes
        let known = place.indexes
        names.withLock { names in for (name, index) in known { names[index] = name } }
    }

    func name(of index: UInt32) -> String {
        if let name = names.withLock({ $0[index] }) { return name }
        let links = (try? routes.links()) ?? []
        return names.withLock { names in
            for link in links { names[link.index] = link.name }
            return names[index] ?? "interface \(index)"
        }
    }
}
