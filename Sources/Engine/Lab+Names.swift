// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import DNS
internal import Dataplane
internal import Kubernetes
internal import Linux

extension Lab {
    /// Lets names be resolved on nodes, and on the host where it reaches Services: by `lab exec` and `ip netns exec`, which
    /// put the file over `/etc/resolv.conf`.
    func writeResolvers() throws(KernelError) {
        let text = Resolver(cluster.configuration).placeConfiguration.description
        for place in cluster.plan.namespaces.keys where cluster.resolves(place) {
            let folder = paths.place(place)
            for path in [paths.places, folder] { try File.makeDirectory(path) }
            try File.write("\(folder)/resolv.conf", text)
            guard place != .host || options.isIsolated else { continue }
            try LabFolders.linkResolver(paths.binding(place), to: folder)
        }
    }

    /// Answers `{"verb": "dns", "name", "types", "from"}`: the look-up, or `{"error": text}` for a question that is none.
    func lookUp(_ request: Value) -> Value {
        kernel.names.read { cluster.answer(lookUp: request, in: $0) }
    }

    /// The file with which names are resolved at a place; nil where they are not.
    func resolver(_ place: NamespaceName) -> String? {
        cluster.resolves(place) ? "\(paths.place(place))/resolv.conf" : nil
    }

    /// Names outside the cluster that were asked for in vain are worth an Event: nothing leaves a lab unless its file says
    /// so, and whoever wonders why should find out how. Each once, and only some: a client may ask for any number.
    func tellUnknownNames() {
        for name in kernel.names.takeUnknown().names {
            guard toldNames.count < Lab.toldNamesLimit, toldNames.insert(name).inserted else { continue }
            let message =
                "\"\(name.text)\" was asked for in vain: a lab knows no names but its own. Give it an address with "
                + "spec.dns.hosts of the Lab document, or name servers that know it with spec.dns.upstream"
            let service = ObjectKey("Service", "kube-system", "kube-dns")
            cluster.record(
                EventNote(.warning, "NameOutside", message, about: service, from: "coredns", host: ""), now: .now())
        }
    }

    private static let toldNamesLimit = 20
}
