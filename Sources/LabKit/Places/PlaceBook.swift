// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux
internal import Synchronization

/// The places of a lab that were asked for: those that stay as long as the lab are located once.
final class PlaceBook: Sendable {
    private let located = Mutex<[String: LocatedPlace]>([:])

    subscript(_ name: String) -> LocatedPlace? {
        get { located.withLock { $0[name] } }
        set { located.withLock { $0[name] = newValue } }
    }
}

extension Lab {
    /// The place where requests of a location come from.
    func locate(_ location: Location) async throws -> LocatedPlace {
        let name = try await name(of: location)
        let isLasting = !name.contains("/") || name.hasPrefix("outside/")
        if isLasting, let known = places[name] { return known }
        do {
            let answer = try await ask(["verb": "locate", "what": .string(name)])
            var place = try await Blocking.run { try LocatedPlace(answer) }
            place.name = answer["pod"]?.string ?? name.replacing("/", with: "-")
            places[name] = place
            return place
        } catch {
            // While the daemon is away its Pods go on; they are where they were.
            if let known = places[name], (try? await status()) == nil { return known }
            throw error
        }
    }

    /// What `lab exec` calls a location: for a selector, the first ready Pod.
    func name(of location: Location) async throws -> String {
        guard case .selected(let selector, let namespace) = location else { return location.description }
        let pods = try await objects(.all(kind: "pods", namespace: namespace, selector: selector)).map { Pod($0) }
        guard let pod = pods.filter({ $0.isReady && !$0.isTerminating }).min(by: { $0.name < $1.name }) else {
            throw LabFailure("no ready Pod has \(selector) in \(namespace): \(pods.count) have it")
        }
        return "\(namespace)/\(pod.name)"
    }
}
