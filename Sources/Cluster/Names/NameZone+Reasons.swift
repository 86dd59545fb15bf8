// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import Kubernetes
internal import Net

/// Why names stand for what they do, in sentences.
extension NameZone {
    /// - Parameter seen: the targets of the aliases that led here.
    func reason(_ entry: ZoneEntry, _ type: RecordType, after seen: [DomainName] = []) -> String {
        switch entry {
        case .apex: "the cluster's domain itself, which has the records SOA and NS"
        case .between: "there are names below it, and it has no records of its own"
        case .version: "the version of Kubernetes' DNS specification that these names follow"
        case .server: "the zone's name server: Service kube-system/kube-dns, spec.clusterIPs"
        case .service(let place, let wanted): serviceReason(place, wanted, type, seen)
        case .endpoint(let place, let label): endpointReason(place, label)
        case .pod(let address):
            "\(address) is in the name itself: whether a Pod has it is not looked up (pods insecure)"
        case .missing(let missing): reason(missing)
        case .host(.alias(let target)):
            aliasReason("spec.dns.hosts of the lab file makes it an alias of", target, type, seen)
        case .host(.addresses(let addresses)):
            "the lab file gives it \(list(addresses)) (spec.dns.hosts, or hostnames of spec.external)"
        case .reverse(let address): reverseReason(address)
        case .reverseApex(let zone): "the reverse zone of \(zoneNames.reverse[zone].range)"
        case .reverseBetween(let zone):
            "part of the reverse zone of \(zoneNames.reverse[zone].range), and no whole address"
        case .reverseMissing(let zone, let address):
            "\(address) is in the cluster's range \(zoneNames.reverse[zone].range), and neither a Service's cluster IP nor a ready endpoint"
        case .forwarded(let servers):
            "outside the cluster: spec.dns of the lab file has it forwarded to \(servers.map(\.description).joined(separator: ", "))"
        case .unknown: "outside the cluster, and spec.dns of the lab file has neither hosts, zones nor upstream for it"
        }
    }

    private func reason(_ missing: ZoneEntry.Missing) -> String {
        switch missing {
        case .shape:
            return
                "no name of the cluster looks like this: below its domain are NAME.NAMESPACE.svc and ADDRESS.NAMESPACE.pod"
        case .namespace(let name): return "there is no namespace \(name)\(nearest(name, namespaces))"
        case .service(let name): return "no Service \(name.name) in namespace \(name.namespace)\(hint(name))"
        case .podAddress(let label): return "\(label) is no address with dashes for its dots"
        }
    }

    /// Where such a Service is, or what is called nearly so.
    private func hint(_ name: ServiceName) -> String {
        let names = services.filter { $0.form != .missing }.map(\.key)
        if let namespace = names.filter({ $0.name == name.name }).map(\.namespace).min() {
            return "; there is one in namespace \(namespace)"
        }
        return nearest(name.name, names.filter { $0.namespace == name.namespace }.map(\.name))
    }

    private func nearest(_ word: String, _ candidates: some Sequence<String>) -> String {
        Suggestion.closest(to: word, among: candidates).map { "; nearest: \($0)" } ?? ""
    }

    /// What leads to a target, and the target's own reason.
    private func aliasReason(_ text: String, _ target: DomainName, _ type: RecordType, _ seen: [DomainName]) -> String {
        let alias = "\(text) \(target.text)"
        guard !seen.contains(target) else { return alias + ", which comes back to where it began" }
        guard seen.count < NameZone.aliasLimit else { return alias + ", and so on: nobody follows so many aliases" }
        return alias + "; " + reason(entry(target), type, after: seen + [target])
    }

    private func serviceReason(
        _ place: Int, _ wanted: ServiceNames.Wanted, _ type: RecordType, _ seen: [DomainName]
    ) -> String {
        let names = services[place]
        let service = "Service \(names.key.namespace)/\(names.key.name)"
        guard exists(place, wanted) else { return missingPortReason(place, wanted, service) }
        switch names.form {
        case .missing: return "\(service) is not there"
        case .external(nil): return missingPortReason(place, wanted, service)
        case .external(.some(let target)): return aliasReason("\(service) has spec.externalName", target, type, seen)
        case .headless:
            let slices = names.slices.filter { !$0.isEmpty }
            return "\(service) is headless (spec.clusterIP: None): ready endpoints of "
                + (slices.count == 1 ? "EndpointSlice " : "EndpointSlices ")
                + slices.map(\.name).sorted().joined(separator: ", ")
        case .cluster(let addresses):
            let family = type == .aaaa ? Family.v6 : .v4
            if type == .a || type == .aaaa, !addresses.contains(where: { $0.family == family }) {
                return
                    "\(service) has no \(family.rawValue) address (spec.ipFamilies): spec.clusterIPs is \(list(addresses))"
            }
            return "\(service) has \(addresses.count == 1 ? "spec.clusterIP" : "spec.clusterIPs") \(list(addresses))"
        }
    }

    private func missingPortReason(_ place: Int, _ wanted: ServiceNames.Wanted, _ service: String) -> String {
        switch services[place].form {
        case .headless where services[place].slices.allSatisfy(\.isEmpty):
            return
                "\(service) is headless (spec.clusterIP: None) and no endpoint of it is ready: until one is, the name does not exist"
        case .external: return "\(service) has a spec.externalName that is no domain name"
        default: return "\(service) has no port named \(wanted.port) of protocol \(wanted.transport) (spec.ports)"
        }
    }

    private func endpointReason(_ place: Int, _ label: String) -> String {
        let service = "Service \(services[place].key.namespace)/\(services[place].key.name)"
        let found = endpoints(place, label)
        if found.isEmpty {
            return isTransport(label, of: place)
                ? "\(service) has ports of this protocol, each with a name below this one"
                : "\(service) has no ready endpoint that is called \(label): neither by hostname nor by address"
        }
        return found.contains { $0.hostname != nil }
            ? "an endpoint of \(service) has the hostname \(label) (its Pod's spec.hostname, with spec.subdomain \(services[place].key.name))"
            : "\(list(found.map(\.address))) is a ready endpoint of \(service)"
    }

    private func reverseReason(_ address: Address) -> String {
        if let place = owners[address] {
            return "Service \(services[place].key.namespace)/\(services[place].key.name) has the cluster IP \(address)"
        }
        let owners = Set(
            holders[address].map { "\(services[$0.service].key.namespace)/\(services[$0.service].key.name)" })
        if owners.isEmpty {
            return "the lab file gives a name to \(address) (spec.dns.hosts, or hostnames of spec.external)"
        }
        return
            "\(address) is a ready endpoint of \(owners.count == 1 ? "Service" : "Services") \(owners.sorted().joined(separator: ", "))"
    }

    private func list(_ addresses: [Address]) -> String { addresses.map(\.description).joined(separator: ", ") }
}
