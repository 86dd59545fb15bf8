// SPDX-License-Identifier: Apache-2.0

extension Validator {
    /// The corresponding Go function is `validateEndpointSubsets`.
    mutating func endpoints(_ subsets: Value?) {
        for (index, subset) in (subsets?.elements ?? []).enumerated() {
            let path = "subsets[\(index)]"
            let isEmpty = ["addresses", "notReadyAddresses"].allSatisfy { subset[$0]?.elements.isEmpty ?? true }
            if isEmpty { required(path, "must specify `addresses` or `notReadyAddresses`") }
            for field in ["addresses", "notReadyAddresses"] {
                for (index, address) in (subset[field]?.elements ?? []).enumerated() {
                    endpoint(address, "\(path).\(field)[\(index)]")
                }
            }
            let ports = subset["ports"]?.elements ?? []
            for (index, port) in ports.enumerated() {
                let path = "\(path).ports[\(index)]"
                if port["name"].isUnset {
                    if ports.count > 1 { required("\(path).name") }
                } else {
                    label("\(path).name", port["name"])
                }
                portNumber("\(path).port", port["port"])
                oneOf("\(path).protocol", port["protocol"], ["SCTP", "TCP", "UDP"])
            }
        }
    }

    private mutating func endpoint(_ address: Value, _ path: String) {
        endpointAddress("\(path).ip", address["ip"]?.string ?? "")
        if !address["hostname"].isUnset { label("\(path).hostname", address["hostname"]) }
        if let node = address["nodeName"]?.string { subdomain("\(path).nodeName", .string(node)) }
    }

    /// The corresponding Go functions are `ValidateEndpointSliceCreate` and `ValidateEndpointSliceUpdate`.
    mutating func endpointSlice(_ slice: Value, replacing old: Value?) {
        oneOf("addressType", slice["addressType"], ["FQDN", "IPv4", "IPv6"])
        if let before = old?["addressType"], before != slice["addressType"] {
            invalid("addressType", slice["addressType"], "field is immutable")
        }
        sliceEndpoints(slice["endpoints"]?.elements ?? [], slice["addressType"]?.string ?? "")
        slicePorts(slice["ports"]?.elements ?? [])
    }

    private mutating func sliceEndpoints(_ endpoints: [Value], _ type: String) {
        guard endpoints.count <= 1000 else { return tooMany("endpoints", endpoints.count, limit: 1000) }
        for (index, endpoint) in endpoints.enumerated() {
            let path = "endpoints[\(index)]"
            let addresses = endpoint["addresses"]?.elements ?? []
            if addresses.isEmpty { required("\(path).addresses", "must contain at least 1 address") }
            if addresses.count > 100 { tooMany("\(path).addresses", addresses.count, limit: 100) }
            for (index, address) in addresses.enumerated() {
                sliceAddress("\(path).addresses[\(index)]", address.string ?? "", type)
            }
            if let name = endpoint["nodeName"]?.string { subdomain("\(path).nodeName", .string(name)) }
            if let name = endpoint["hostname"]?.string { label("\(path).hostname", .string(name)) }
        }
    }

    private mutating func sliceAddress(_ path: String, _ text: String, _ type: String) {
        switch type {
        case "IPv4" where text.contains(":"): invalid(path, .string(text), "must be an IPv4 address")
        case "IPv6" where !text.contains(":") && text.contains("."):
            invalid(path, .string(text), "must be an IPv6 address")
        case "IPv4", "IPv6": endpointAddress(path, text)
        case "FQDN":
            let name = text.hasSuffix(".") ? String(text.dropLast()) : text
            if name.isEmpty { return required(path) }
            subdomain(path, .string(name))
            if !name.contains(".") {
                invalid(path, .string(text), "should be a domain with at least two segments separated by dots")
            }
        default: break
        }
    }

    private mutating func slicePorts(_ ports: [Value]) {
        guard ports.count <= 20000 else { return tooMany("ports", ports.count, limit: 20000) }
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            let path = "ports[\(index)]"
            let name = port["name"]?.string ?? ""
            if !name.isEmpty { label("\(path).name", .string(name)) }
            if !names.insert(name).inserted { duplicate("\(path).name", .string(name)) }
            // A real API server takes any number for the port of a slice.
            oneOf("\(path).protocol", port["protocol"], ["SCTP", "TCP", "UDP"])
            if let text = port["appProtocol"]?.string { invalid("\(path).appProtocol", text, Names.qualified(text)) }
        }
    }
}
