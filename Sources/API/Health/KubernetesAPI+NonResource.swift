// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// The paths that are no resource's.
extension KubernetesAPI {
    /// What anyone may know, token or not: that the server is well, and which version it is.
    func openAnswer(_ request: Request, _ path: RequestPath) -> Answer? {
        guard request.method == .get || request.method == .head, let first = path.parts.first else { return nil }
        switch first {
        case "healthz", "livez", "readyz": return Self.health(request, first, Array(path.parts.dropFirst()))
        case "version" where path.parts.count == 1: return Answer(200, pretty: Self.version)
        default: return nil
        }
    }

    /// Discovery, schemas, metrics and the list of paths.
    func nonResourceAnswer(
        _ request: Request, _ path: RequestPath, _ user: User, _ cluster: Cluster
    ) throws(Status) -> Answer {
        let access = AccessAttributes(user, request.method == .head ? "get" : request.method.verb, .path(request.path))
        guard Authorizer(cluster.store).allows(access) else { throw access.refusal }
        let answer = find(request, path, cluster)
        guard let answer else { throw .nothingThere }
        guard request.method == .get || request.method == .head else { throw .methodNotAllowed }
        return answer
    }

    private func find(_ request: Request, _ path: RequestPath, _ cluster: Cluster) -> Answer? {
        let whole = "/" + path.parts.joined(separator: "/")
        switch path.parts.first {
        case nil: return Answer(200, ["paths": .array(Self.paths(cluster.catalog).map(Value.string))])
        case "api", "apis":
            return Discovery.answer(
                whole, accept: request.headers["accept"] ?? "", cluster.catalog,
                ifNoneMatch: request.headers["if-none-match"] ?? "")
        case "openapi":
            return OpenAPI.answer(
                whole, hash: request.parameter("hash"), accept: request.headers["accept"] ?? "",
                ifNoneMatch: request.headers["if-none-match"] ?? "", cluster.catalog
            ) { cluster.store[ObjectKey("CustomResourceDefinition", "", $0.qualifiedPlural)] }
        case "metrics" where path.parts.count == 1: return metricsAnswer(cluster.store)
        default: return nil
        }
    }

    private func metricsAnswer(_ store: Store) -> Answer {
        var all = metrics()
        all.append(
            Metric(
                "lab_store_revision", "The resourceVersion of the last write to the lab's store.", .counter,
                Double(store.revision)))
        all.append(Metric("lab_store_objects", "How many objects the lab has.", .gauge, Double(store.count)))
        let text = Metric.text(all)
        return Answer(200, contentType: "text/plain; version=0.0.4; charset=utf-8") { Array(text.utf8) }
    }

    /// What `GET /version` says: the version of Kubernetes that a lab behaves as.
    static let version: Value = [
        "major": number(EmulatedVersion.major), "minor": number(EmulatedVersion.minor),
        "emulationMajor": number(EmulatedVersion.major), "emulationMinor": number(EmulatedVersion.minor),
        "minCompatibilityMajor": number(EmulatedVersion.major),
        "minCompatibilityMinor": number(EmulatedVersion.minor - 1),
        "gitVersion": .string(EmulatedVersion.text), "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "swift",
        "platform": .string("linux/" + Machine.architecture),
    ]

    private static func number(_ number: Int) -> Value { .string(String(number)) }

    private static func paths(_ catalog: ResourceCatalog) -> [String] {
        let versions = Set(catalog.all.flatMap(\.apiVersions)).filter { $0.contains("/") }
        let groups = Set(versions.compactMap { $0.split(separator: "/").first.map(String.init) })
        let own = ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v3", "/readyz", "/version"]
        return (own + (Array(groups) + Array(versions)).map { "/apis/" + $0 }).sorted()
    }
}

// MARK: - Health

extension KubernetesAPI {
    private static let checks = ["ping", "etcd"]

    private static func health(_ request: Request, _ path: String, _ rest: [String]) -> Answer? {
        guard rest.isEmpty else {
            return rest.count == 1 && checks.contains(rest[0]) ? Answer(200, text: "ok") : nil
        }
        guard request.parameter("verbose") != nil else { return Answer(200, text: "ok") }
        let lines = checks.map { "[+]\($0) ok\n" }.joined()
        return Answer(200, text: lines + "\(path) check passed\n")
    }
}

extension Request.Method {
    /// The word of RBAC's rules for paths.
    fileprivate var verb: String { rawValue.lowercased() }
}

extension Answer {
    /// A value as indented JSON.
    fileprivate init(_ status: Int, pretty value: Value) {
        self.init(status) { value.line(pretty: true) }
    }
}
