// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// Who may have answered for each Service of a story, and until when.
struct StoryEndpoints {
    private struct Slice {
        var service: String
        var endpoints: Set<String>
    }
    private var slices: [ObjectKey: Slice] = [:]
    /// When an endpoint was last one, by Service and endpoint.
    private var gone: [String: Double] = [:]

    /// A batch may be on its way, and connections are told of a little after they began, in milliseconds.
    private static let grace = 1500.0

    /// Takes in a write of an EndpointSlice.
    mutating func fold(_ line: StoryLine) {
        guard let key = line.fields["key"]?.string.flatMap(StoryLine.key), key.kind == "EndpointSlice" else { return }
        let former = slices[key]
        slices[key] = line.fields["verb"] == "deleted" ? nil : line.fields["object"].flatMap { slice(key, $0) }
        for endpoint in former?.endpoints.subtracting(slices[key]?.endpoints ?? []) ?? [] {
            gone["\(former?.service ?? "") \(endpoint)"] = line.milliseconds
        }
    }

    private func slice(_ key: ObjectKey, _ value: Value) -> Slice? {
        let slice = EndpointSlice(Object(value))
        guard let name = slice.serviceName else { return nil }
        let ports = slice.ports.compactMap(\.port)
        let sockets = slice.endpoints.filter { $0.isReady || $0.isServing }.flatMap { endpoint in
            endpoint.addresses.prefix(1).flatMap { address in ports.map { "\(SocketAddress(address, $0))" } }
        }
        return Slice(service: "\(key.namespace)/\(name)", endpoints: Set(sockets))
    }

    /// True if it is an endpoint, or was one a moment ago.
    func has(_ endpoint: String, of service: String, at milliseconds: Double) -> Bool {
        if slices.values.contains(where: { $0.service == service && $0.endpoints.contains(endpoint) }) { return true }
        guard let last = gone["\(service) \(endpoint)"] else { return false }
        return milliseconds - last < StoryEndpoints.grace
    }
}
