// SPDX-License-Identifier: Apache-2.0

extension Validator {
    /// The containers of one list, and no host port of theirs twice. The corresponding Go function is
    /// `validateContainers`.
    mutating func containers(
        _ containers: [Value], _ path: String, isHostNetwork: Bool, named others: Set<String>, isInit: Bool = false
    ) {
        var names = others
        for (index, container) in containers.enumerated() {
            let path = "\(path)[\(index)]"
            let name = container["name"]?.string ?? ""
            if name.isEmpty { required("\(path).name") } else { label("\(path).name", .string(name)) }
            if !name.isEmpty, !names.insert(name).inserted { duplicate("\(path).name", .string(name)) }
            image(container["image"]?.string ?? "", "\(path).image")
            oneOfIfSet(
                "\(path).terminationMessagePolicy", container["terminationMessagePolicy"],
                ["FallbackToLogsOnError", "File"])
            ports(container["ports"]?.elements ?? [], "\(path).ports", isHostNetwork: isHostNetwork)
            environment(container["env"]?.elements ?? [], "\(path).env")
            oneOf("\(path).imagePullPolicy", container["imagePullPolicy"], ["Always", "IfNotPresent", "Never"])
            oneOfIfSet("\(path).restartPolicy", container["restartPolicy"], ["Always", "Never", "OnFailure"])
            lifecycle(container["lifecycle"], "\(path).lifecycle")
            let isSidecar = container["restartPolicy"] == "Always"
            for field in ["livenessProbe", "readinessProbe", "startupProbe"] {
                guard let probe = container[field], !probe.isNull else { continue }
                if isInit, !isSidecar {
                    forbidden("\(path).\(field)", "may not be set for init containers without restartPolicy=Always")
                } else {
                    self.probe(probe, field, "\(path).\(field)")
                }
            }
        }
        hostPorts(containers, path)
    }

    private mutating func image(_ image: String, _ path: String) {
        if image.isEmpty { return required(path) }
        guard Self.trimmed(image) != image else { return }
        invalid(path, .string(image), "must not have leading or trailing whitespace")
    }

    private mutating func ports(_ ports: [Value], _ path: String, isHostNetwork: Bool) {
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            let path = "\(path)[\(index)]"
            if let name = port["name"]?.string, !name.isEmpty {
                let faults = Names.port(name)
                invalid("\(path).name", name, faults)
                if faults.isEmpty, !names.insert(name).inserted { duplicate("\(path).name", .string(name)) }
            }
            if port["containerPort"]?.int ?? 0 == 0 {
                required("\(path).containerPort")
            } else {
                portNumber("\(path).containerPort", port["containerPort"])
            }
            if let hostPort = port["hostPort"]?.int, hostPort != 0 {
                portNumber("\(path).hostPort", port["hostPort"])
                if isHostNetwork, port["hostPort"] != port["containerPort"] {
                    invalid(
                        "\(path).hostPort", port["hostPort"], "must match `containerPort` when `hostNetwork` is true")
                }
            }
            oneOf("\(path).protocol", port["protocol"], ["SCTP", "TCP", "UDP"])
            if let text = port["hostIP"]?.string, !text.isEmpty { address("\(path).hostIP", text) }
        }
    }

    private mutating func hostPorts(_ containers: [Value], _ path: String) {
        var seen: Set<String> = []
        for (index, container) in containers.enumerated() {
            for (number, port) in (container["ports"]?.elements ?? []).enumerated() {
                guard let hostPort = port["hostPort"]?.int, hostPort != 0 else { continue }
                let key = "\(port["protocol"]?.string ?? "")/\(port["hostIP"]?.string ?? "")/\(hostPort)"
                guard !seen.insert(key).inserted else { continue }
                duplicate("\(path)[\(index)].ports[\(number)].hostPort", .string(key))
            }
        }
    }

    private mutating func environment(_ variables: [Value], _ path: String) {
        for (index, variable) in variables.enumerated() {
            let path = "\(path)[\(index)]"
            let name = variable["name"]?.string ?? ""
            if name.isEmpty {
                required("\(path).name")
            } else if !name.utf8.allSatisfy({ 0x20...0x7e ~= $0 && $0 != UInt8(ascii: "=") }) {
                let rule =
                    "a valid environment variable name must consist only of printable ASCII characters other than '='"
                invalid("\(path).name", .string(name), rule)
            }
            guard let source = variable["valueFrom"], !source.isNull else { continue }
            if !variable["value"].isUnset {
                invalid("\(path).valueFrom", "", "may not be specified when `value` is not empty")
            } else if source.fields.count != 1 {
                let detail =
                    source.fields.isEmpty
                    ? "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or "
                        + "`secretKeyRef`" : "may not have more than one field specified at a time"
                invalid("\(path).valueFrom", "", detail)
            }
        }
    }
}

extension Validator {
    /// The corresponding Go function is `validateProbe`.
    private mutating func probe(_ probe: Value, _ field: String, _ path: String) {
        handler(probe, path, ["exec", "httpGet", "tcpSocket", "grpc"])
        for field in [
            "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold",
        ] { notNegative("\(path).\(field)", probe[field]) }
        if let grace = probe["terminationGracePeriodSeconds"]?.int, grace <= 0 {
            invalid("\(path).terminationGracePeriodSeconds", .int(Int64(grace)), "must be greater than 0")
        }
        if field == "readinessProbe" {
            guard let grace = probe["terminationGracePeriodSeconds"], !grace.isNull else { return }
            invalid("\(path).terminationGracePeriodSeconds", grace, "must not be set for readinessProbes")
        } else if let threshold = probe["successThreshold"]?.int, threshold != 1 {
            invalid("\(path).successThreshold", probe["successThreshold"], "must be 1")
        }
    }

    private mutating func lifecycle(_ lifecycle: Value?, _ path: String) {
        for hook in ["postStart", "preStop"] {
            guard let handler = lifecycle?[hook], !handler.isNull else { continue }
            self.handler(handler, "\(path).\(hook)", ["exec", "httpGet", "tcpSocket", "sleep"])
        }
    }

    /// Exactly one handler, and what it needs. The corresponding Go function is `validateHandler`.
    private mutating func handler(_ value: Value, _ path: String, _ types: [String]) {
        let given = types.filter { !value[$0].isNullOrMissing }
        if given.isEmpty { required(path, "must specify a handler type") }
        for (index, type) in given.enumerated() {
            let below = "\(path).\(type)"
            if index > 0 {
                forbidden(below, "may not specify more than 1 handler type")
            } else if let action = value[type] {
                handlerAction(action, type, below)
            }
        }
    }

    private mutating func handlerAction(_ action: Value, _ type: String, _ path: String) {
        switch type {
        case "exec": if action["command"]?.elements.isEmpty ?? true { required("\(path).command") }
        case "httpGet":
            if action["path"].isUnset { required("\(path).path") }
            portReference("\(path).port", action["port"])
            oneOf("\(path).scheme", action["scheme"], ["HTTP", "HTTPS"])
            for (index, header) in (action["httpHeaders"]?.elements ?? []).enumerated() {
                headerName(header["name"]?.string ?? "", "\(path).httpHeaders[\(index)].name")
            }
        case "tcpSocket": portReference("\(path).port", action["port"])
        case "grpc": portNumber("\(path).port", action["port"])
        case "sleep": notNegative("\(path).seconds", action["seconds"])
        default: break
        }
    }

    private mutating func headerName(_ name: String, _ path: String) {
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy {
                48...57 ~= $0 || 65...90 ~= $0 || 97...122 ~= $0 || $0 == UInt8(ascii: "-")
            }
        guard !isName else { return }
        let rule =
            "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
            + "validation is '[-A-Za-z0-9]+')"
        invalid(path, .string(name), rule)
    }
}
