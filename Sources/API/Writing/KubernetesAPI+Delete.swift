// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// `DELETE` of an object.
    func delete(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Answer {
        let options = try DeleteOptions(call)
        _ = try Accepted(call.request)
        guard cluster.store[call.key] != nil else { throw .notFound(call.resource, call.info.name) }
        let deletion = try cluster.delete(call.key, options, now: call.now)
        if !deletion.isGone || call.showsDeleted {
            return try call.answer(200, object: deletion.object, cluster.store)
        }
        return try call.answer(200, call.success(uid: deletion.object.uid))
    }

    /// `DELETE` of a collection: of all that the selectors let through.
    func deleteCollection(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Answer {
        let options = try DeleteOptions(call)
        let listing = try ListOptions(call.request, isWatch: false)
        let filter = try ObjectFilter(call)
        let accepted = try Accepted(call.request)
        let objects = try Page(call, listing, filter, cluster.store).objects
        for object in objects where cluster.store[object.key] != nil {
            _ = try cluster.delete(object.key, options, now: call.now)
        }
        let printer = Printer(call, accepted, cluster.store)
        let metadata: Value = ["resourceVersion": .string(String(cluster.store.revision))]
        return Answer(200, contentType: accepted.contentType) { printer.list(objects, metadata) }
    }
}

extension Call {
    /// True for kinds whose deletion is answered with the object even when it is gone.
    fileprivate var showsDeleted: Bool {
        let kinds: Set<String> = [
            "PersistentVolume", "PersistentVolumeClaim", "Pod", "PodTemplate", "ResourceQuota", "Service",
            "ServiceAccount",
        ]
        return !resource.isCustom && kinds.contains(resource.kind)
    }

    /// `status: Success` about the object of the path.
    func success(uid: String = "") -> Value {
        var details: Value = ["name": .string(info.name), "kind": .string(resource.plural)]
        if !resource.group.isEmpty { details["group"] = .string(resource.group) }
        if !uid.isEmpty { details["uid"] = .string(uid) }
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": .object([:]), "status": "Success", "details": details,
        ]
    }
}

extension DeleteOptions {
    /// The options of a deletion: from its body, or from the query if there is none.
    init(_ call: Call) throws(Status) {
        let body = try BodyReader(call).optionalValue(kind: "DeleteOptions")
        try self.init(body, call.request)
    }

    /// The options that stand in an object, or in the query if there is none.
    init(_ body: Value?, _ request: Request) throws(Status) {
        self.init(body)
        var problems: [Problem] = []
        var policy: String?
        if let body {
            let words = body["dryRun"]?.elements.compactMap(\.string) ?? []
            let dry = Request(.delete, "/", query: words.map { Request.Parameter("dryRun", $0) })
            isDryRun = dry.isDryRun(&problems)
            policy = body["propagationPolicy"]?.string
        } else {
            isDryRun = request.isDryRun(&problems)
            policy = request.parameter("propagationPolicy")
            gracePeriodSeconds = try Self.seconds(request.parameter("gracePeriodSeconds"))
        }
        if let policy, !policy.isEmpty {
            propagation = Propagation(rawValue: policy)
            if propagation == nil { problems.append(Self.unsupported(policy)) }
        }
        if let seconds = gracePeriodSeconds, seconds < 0 { gracePeriodSeconds = 1 }
        guard problems.isEmpty else { throw .invalidOptions("DeleteOptions", problems) }
    }

    private static func seconds(_ text: String?) throws(Status) -> Int? {
        guard let text, !text.isEmpty else { return nil }
        guard let seconds = Int(text) else {
            throw Status(.badRequest, "strconv.ParseInt: parsing \"\(text)\": invalid syntax")
        }
        return seconds
    }

    private static func unsupported(_ policy: String) -> Problem {
        Problem(
            "propagationPolicy", .notSupported, value: "\"\(policy)\"",
            #"supported values: "Background", "Foreground", "Orphan""#)
    }
}
