// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
internal import Net

extension PodSources {
    /// The variables of a container in the order in which they come to be: those of the cluster, those of whole
    /// ConfigMaps and Secrets (`envFrom`), and its own, each made of those before it (`$(NAME)`).
    /// The corresponding Go function is the kubelet's `makeEnvironmentVariables`.
    /// - Parameter first: variables that every container has; all others go before them.
    /// - Throws: what is not there.
    public func environment(of container: Container, after first: [(String, String)]) throws(Missing) -> Environment {
        var environment = Environment()
        for (name, value) in first + serviceVariables { environment[name] = value }
        for source in container.value["envFrom"]?.elements ?? [] { try add(source, to: &environment) }
        for entry in container.value["env"]?.elements ?? [] {
            guard let name = entry["name"]?.string else { continue }
            if let source = entry["valueFrom"] {
                if let value = try value(source, container) { environment[name] = value }
            } else {
                environment[name] = environment.expand(entry["value"]?.string ?? "")
            }
        }
        return environment
    }

    /// One entry of `envFrom`: all values of an object whose names can be a variable's.
    private func add(_ source: Value, to environment: inout Environment) throws(Missing) {
        let prefix = source["prefix"]?.string ?? ""
        for (field, kind) in [("configMapRef", Kind.configMap), ("secretRef", .secret)] {
            guard let reference = source[field] else { continue }
            let isOptional = reference["optional"]?.bool ?? false
            let values = try values(kind, reference["name"]?.string ?? "", isOptional: isOptional)
            for (name, value) in (values ?? [:]).sorted(by: { $0.key < $1.key }) where !name.contains("=") {
                environment[prefix + name] = String(decoding: value, as: UTF8.self)
            }
        }
    }

    /// The value that `valueFrom` means; nil if it is optional and not there.
    private func value(_ source: Value, _ container: Container) throws(Missing) -> String? {
        if let reference = source["fieldRef"] { return field(reference["fieldPath"]?.string ?? "") ?? "" }
        if let reference = source["resourceFieldRef"] { return resource(reference, of: container) ?? "" }
        if let reference = source["configMapKeyRef"] { return try value(.configMap, "ConfigMap", reference) }
        if let reference = source["secretKeyRef"] { return try value(.secret, "Secret", reference) }
        return ""
    }

    private func value(_ kind: Kind, _ title: String, _ reference: Value) throws(Missing) -> String? {
        let name = reference["name"]?.string ?? ""
        let key = reference["key"]?.string ?? ""
        let isOptional = reference["optional"]?.bool ?? false
        guard let values = try values(kind, name, isOptional: isOptional) else { return nil }
        if let value = values[key] { return String(decoding: value, as: UTF8.self) }
        guard isOptional else { throw Missing("couldn't find key \(key) in \(title) \(pod.namespace)/\(name)") }
        return nil
    }
}

/// A process's variables, in the order in which they were first set.
public struct Environment: Sendable, Hashable {
    private var values: [String: String] = [:]
    private var order: [String] = []

    /// No variables.
    public init() {}

    /// The value of a variable; nil if it is not set.
    public subscript(_ name: String) -> String? {
        get { values[name] }
        set {
            if values[name] == nil { order.append(name) }
            values[name] = newValue
            if newValue == nil { order.removeAll { $0 == name } }
        }
    }

    /// All of them as `NAME=VALUE`, as a process gets them.
    public var lines: [String] { order.map { "\($0)=\(values[$0] ?? "")" } }

    /// Replaces `$(NAME)` by the variable's value and `$$` by `$`; an unknown name stays as it is, as in Kubernetes.
    public func expand(_ text: String) -> String {
        guard text.contains("$") else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let after = rest.index(after: dollar)
            if after < rest.endIndex, rest[after] == "$" {
                result += "$"
                rest = rest[rest.index(after: after)...]
            } else if after < rest.endIndex, rest[after] == "(", let close = rest[after...].firstIndex(of: ")") {
                let name = String(rest[rest.index(after: after)..<close])
                result += values[name] ?? "$(\(name))"
                rest = rest[rest.index(after: close)...]
            } else {
                result += "$"
                rest = rest[after...]
            }
        }
        return result + rest
    }
}
