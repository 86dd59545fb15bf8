// SPDX-License-Identifier: Apache-2.0

internal import Net

/// Gathers what is wrong with an object, in the order in which a real API server looks at it.
struct Validator {
    private(set) var problems: [Problem] = []

    mutating func add(_ problem: Problem) { problems.append(problem) }

    mutating func required(_ path: String, _ detail: String = "") { problems.append(Problem(path, .required, detail)) }

    mutating func invalid(_ path: String, _ value: Value?, _ detail: String) {
        problems.append(Problem(path, .invalid, value: (value ?? .null).json(), detail))
    }

    mutating func invalid(_ path: String, _ text: String, _ details: [String]) {
        for detail in details { invalid(path, .string(text), detail) }
    }

    mutating func forbidden(_ path: String, _ detail: String) { problems.append(Problem(path, .forbidden, detail)) }

    mutating func duplicate(_ path: String, _ value: Value) {
        problems.append(Problem(path, .duplicate, value: value.json(), ""))
    }

    mutating func tooMany(_ path: String, _ count: Int, limit: Int) {
        problems.append(Problem(path, .tooMany, value: String(count), "must have at most \(limit) items"))
    }

    /// A text that must be one of a few; a missing one is a fault too.
    mutating func oneOf(_ path: String, _ value: Value?, _ choices: [String]) {
        guard let text = value?.string, !text.isEmpty else { return required(path) }
        guard !choices.contains(text) else { return }
        let all = choices.map(\.quoted).joined(separator: ", ")
        problems.append(Problem(path, .notSupported, value: text.quoted, "supported values: \(all)"))
    }

    /// As `oneOf`, but nothing is wrong with a missing field.
    mutating func oneOfIfSet(_ path: String, _ value: Value?, _ choices: [String]) {
        if !value.isUnset { oneOf(path, value, choices) }
    }

    mutating func notNegative(_ path: String, _ value: Value?) {
        guard let number = value?.int, number < 0 else { return }
        invalid(path, value, "must be greater than or equal to 0")
    }

    /// The corresponding Go function is `IsValidPortNum`. A missing number is 0.
    mutating func portNumber(_ path: String, _ value: Value?) {
        guard !(1...65535 ~= (value?.int ?? 0)) else { return }
        invalid(path, .int(Int64(value?.int ?? 0)), "must be between 1 and 65535, inclusive")
    }

    /// The corresponding Go function is `ValidatePortNumOrName`.
    mutating func portReference(_ path: String, _ value: Value?) {
        if let text = value?.string { invalid(path, text, Names.port(text)) } else { portNumber(path, value) }
    }

    mutating func label(_ path: String, _ value: Value?) {
        if let text = value?.string { invalid(path, text, Names.label(text)) }
    }

    mutating func subdomain(_ path: String, _ value: Value?) {
        if let text = value?.string { invalid(path, text, Names.subdomain(text)) }
    }

    mutating func labels(_ path: String, _ value: Value?) { problems += Names.labels(value?.strings ?? [:], path) }
}

extension Validator {
    /// An address in its strict form. The corresponding Go function is `IsValidIP`.
    /// - Returns: whether it is one.
    @discardableResult
    mutating func address(_ path: String, _ text: String) -> Bool {
        if let address = Address(text) {
            guard case .v6(let value) = address, value >> 32 == 0xffff else { return true }
            invalid(path, .string(text), "must not be an IPv4-mapped IPv6 address")
        } else if Address(Self.withoutLeadingZeros(text)) != nil {
            invalid(path, .string(text), "must not have leading 0s")
        } else {
            invalid(path, .string(text), "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
        }
        return false
    }

    /// An address that traffic can be sent to. The corresponding Go function is `ValidateNonSpecialIP`.
    mutating func endpointAddress(_ path: String, _ text: String) {
        guard address(path, text), let address = Address(text) else { return }
        let value = Value.string(text)
        if address.isUnspecified { invalid(path, value, "may not be unspecified (\(text))") }
        if address.isLoopback { invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)") }
        if address.isLinkLocal {
            invalid(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
        }
        if address.isLinkLocalMulticast {
            invalid(path, value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
        }
    }

    /// A range in its strict form. The corresponding Go function is `IsValidCIDR`.
    mutating func range(_ path: String, _ text: String) {
        guard Prefix(text) == nil else { return }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty, parts[1].utf8.allSatisfy({ 48...57 ~= $0 }),
            let length = Int(parts[1]),
            let address = Address(Self.withoutLeadingZeros(parts[0])), length <= address.family.bits
        else { return invalid(path, .string(text), "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)") }
        if Address(parts[0]) == nil { invalid(path, .string(text), "must not have leading 0s in IP") }
        if parts[1].count > 1, parts[1].hasPrefix("0") {
            invalid(path, .string(text), "must not have leading 0s in prefix length")
        }
        if Prefix(address, length).address != address {
            invalid(path, .string(text), "must not have bits set beyond the prefix length")
        }
    }

    private static func withoutLeadingZeros(_ text: String) -> String {
        guard !text.contains(":") else { return text }
        return text.split(separator: ".", omittingEmptySubsequences: false).map { part in
            let digits = part.drop { $0 == "0" }
            return digits.isEmpty && !part.isEmpty ? "0" : String(digits)
        }.joined(separator: ".")
    }
}
