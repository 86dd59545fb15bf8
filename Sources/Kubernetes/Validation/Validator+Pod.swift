// SPDX-License-Identifier: Apache-2.0

extension Validator {
    /// The corresponding Go functions are `ValidatePodCreate` and `ValidatePodUpdate`.
    mutating func pod(_ object: Object, replacing old: Object?) {
        podSpec(object.value["spec"] ?? [:], "spec")
        guard let old else { return }
        podChange(from: old.spec, to: object.spec)
        mirror(from: old.annotations[Self.mirror], to: object.annotations[Self.mirror])
    }

    /// What a Pod has that a node, not the API server, is asked for.
    private static let mirror = "kubernetes.io/config.mirror"

    private mutating func mirror(from old: String?, to new: String?) {
        guard old != new else { return }
        let detail = old == nil ? "may not add mirror pod annotation" : "may not remove or update mirror pod annotation"
        forbidden("metadata.annotations[\(Self.mirror)]", detail)
    }

    /// The corresponding Go function is `ValidatePodSpec`.
    /// - Parameter claimed: the volumes that come from elsewhere.
    mutating func podSpec(_ spec: Value, _ path: String, claimed: Set<String> = []) {
        volumes(spec, path, claimed: claimed)
        let isHostNetwork = spec["hostNetwork"]?.bool ?? false
        let containers = spec["containers"]?.elements ?? []
        if containers.isEmpty { required("\(path).containers") }
        self.containers(containers, "\(path).containers", isHostNetwork: isHostNetwork, named: [])
        let names = Set(containers.compactMap { $0["name"]?.string })
        self.containers(
            spec["initContainers"]?.elements ?? [], "\(path).initContainers", isHostNetwork: isHostNetwork,
            named: names,
            isInit: true)
        oneOf("\(path).restartPolicy", spec["restartPolicy"], ["Always", "OnFailure", "Never"])
        oneOf(
            "\(path).dnsPolicy", spec["dnsPolicy"], ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])
        labels("\(path).nodeSelector", spec["nodeSelector"])
        for (field, faults) in [
            ("serviceAccountName", Names.subdomain), ("nodeName", Names.subdomain), ("hostname", Names.label),
            ("subdomain", Names.label),
        ] as [(String, (String) -> [String])] {
            guard let text = spec[field]?.string, !text.isEmpty else { continue }
            invalid("\(path).\(field)", text, faults(text))
        }
        notNegative("\(path).terminationGracePeriodSeconds", spec["terminationGracePeriodSeconds"])
        if let deadline = spec["activeDeadlineSeconds"]?.int, !(1...2_147_483_647 ~= deadline) {
            invalid(
                "\(path).activeDeadlineSeconds", spec["activeDeadlineSeconds"],
                "must be between 1 and 2147483647, inclusive")
        }
        hostAliases(spec, path)
        dnsConfig(spec, path)
    }

    private mutating func hostAliases(_ spec: Value, _ path: String) {
        for (index, alias) in (spec["hostAliases"]?.elements ?? []).enumerated() {
            address("\(path).hostAliases[\(index)].ip", alias["ip"]?.string ?? "")
            for (number, name) in (alias["hostnames"]?.elements ?? []).enumerated() {
                subdomain("\(path).hostAliases[\(index)].hostnames[\(number)]", name)
            }
        }
    }

    private mutating func dnsConfig(_ spec: Value, _ path: String) {
        let config = spec["dnsConfig"]
        let servers = config?["nameservers"]?.elements ?? []
        if spec["dnsPolicy"] == "None" {
            if config.isNullOrMissing {
                required("\(path).dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None")
            } else if servers.isEmpty {
                required(
                    "\(path).dnsConfig.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None"
                )
            }
        }
        if servers.count > 3 { tooMany("\(path).dnsConfig.nameservers", servers.count, limit: 3) }
        for (index, server) in servers.enumerated() {
            address("\(path).dnsConfig.nameservers[\(index)]", server.string ?? "")
        }
        searches(config?["searches"]?.elements ?? [], "\(path).dnsConfig.searches")
        for (index, option) in (config?["options"]?.elements ?? []).enumerated() {
            let name = option["name"]?.string ?? ""
            let own = "\(path).dnsConfig.options[\(index)]"
            if name.isEmpty { required(own, "must not be empty") }
            // A real server takes any text, and lets it write the rest of the file.
            for field in ["name", "value"] {
                guard let text = option[field]?.string, text.contains(where: \.isWhitespace) else { continue }
                invalid("\(own).\(field)", option[field], "must not contain white space")
            }
        }
    }

    private mutating func searches(_ searches: [Value], _ path: String) {
        let names = searches.compactMap(\.string)
        if names.count > 32 { invalid(path, .array(searches), "must not have more than 32 search paths") }
        if names.joined(separator: " ").utf8.count > 2048 {
            invalid(
                path, .array(searches), "must not have more than 2048 characters (including spaces) in the search list")
        }
        for (index, name) in names.enumerated() {
            // Underscores, and the root alone, as resolvers take them.
            let plain = (name.hasSuffix(".") ? String(name.dropLast()) : name).replacing("_", with: "0")
            let labels = plain.split(separator: ".", omittingEmptySubsequences: false)
            let isGood =
                name == "."
                || labels.allSatisfy { label in
                    !label.isEmpty && label.first != "-" && label.last != "-"
                        && label.utf8.allSatisfy { 97...122 ~= $0 || 48...57 ~= $0 || $0 == 45 }
                }
            if !isGood || plain.utf8.count > 253 {
                invalid("\(path)[\(index)]", .string(name), "must be a domain name in lower case, or \".\"")
            }
        }
    }

    /// What a running Pod may change: images, deadlines, tolerations, and where it is bound the first time.
    private mutating func podChange(from old: Value, to new: Value) {
        for field in ["containers", "initContainers"] {
            guard old[field]?.elements.count ?? 0 != new[field]?.elements.count ?? 0 else { continue }
            return forbidden("spec.\(field)", "pod updates may not add or remove containers")
        }
        func fixed(_ spec: Value) -> Value {
            var spec = spec
            for field in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"] { spec[field] = nil }
            if old["nodeName"].isUnset { spec["nodeName"] = nil }
            for field in ["containers", "initContainers"] { spec.changeEach(field) { $0["image"] = nil } }
            return spec
        }
        guard fixed(old) != fixed(new) else { return }
        forbidden(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)")
    }
}
