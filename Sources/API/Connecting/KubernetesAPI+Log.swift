// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// `GET …/pods/NAME/log`.
    func log(_ call: Call, _ store: Store) throws(Status) -> Response {
        guard call.info.verb == .get else { throw .methodNotAllowed }
        let pod = Pod(try call.object(store))
        let options = try Connection.LogOptions(call)
        let container = try call.container(pod, among: pod.containers + pod.initContainers)
        // Nothing has been written where nothing runs.
        guard pod.nodeName != nil else { return .answer(Answer(204, contentType: "") { [] }) }
        try call.requireNode(of: pod, store)
        try Self.check(pod, container, options)
        return .connect(Connection(call.key, container: container, .log(options)))
    }

    /// A container that never ran has no log.
    private static func check(_ pod: Pod, _ container: String, _ options: Connection.LogOptions) throws(Status) {
        let statuses = ["containerStatuses", "initContainerStatuses"].flatMap { pod.object.status[$0]?.elements ?? [] }
        let status = statuses.first { $0["name"]?.string == container }
        let quotedPod = "pod \"\(pod.name)\""
        if options.previous, status?["lastState"]?["terminated"] == nil {
            throw Status(.badRequest, "previous terminated container \"\(container)\" in \(quotedPod) not found")
        }
        let state = status?["state"]
        let hasRun =
            state?["running"] != nil || state?["terminated"] != nil || status?["lastState"]?["terminated"] != nil
        guard !hasRun else { return }
        let reason = state?["waiting"]?["reason"]?.string ?? (status == nil ? "" : "ContainerCreating")
        guard !reason.isEmpty else {
            throw Status(.badRequest, "container \"\(container)\" in \(quotedPod) is not available")
        }
        throw Status(.badRequest, "container \"\(container)\" in \(quotedPod) is waiting to start: \(reason)")
    }
}

extension Connection.LogOptions {
    /// The options of a log, from the query of its request. The corresponding Go type is `PodLogOptions`.
    init(_ call: Call) throws(Status) {
        self.init()
        let request = call.request
        follows = request.flag("follow")
        previous = request.flag("previous")
        timestamps = request.flag("timestamps")
        var problems: [Problem] = []
        tailLines = try request.number("tailLines")
        limitBytes = try request.number("limitBytes")
        let seconds = try request.number("sinceSeconds")
        if let tailLines, tailLines < 0 {
            problems.append(
                Problem("tailLines", .invalid, value: String(tailLines), "must be greater than or equal to 0"))
        }
        if let limitBytes, limitBytes < 1 {
            problems.append(Problem("limitBytes", .invalid, value: String(limitBytes), "must be greater than 0"))
        }
        if let time = request.parameter("sinceTime"), !time.isEmpty {
            if seconds != nil {
                problems.append(
                    Problem("", .forbidden, "at most one of `sinceTime` or `sinceSeconds` may be specified"))
            }
            guard let moment = Timestamp(time) else {
                throw Status(.badRequest, "parsing time \"\(time)\" as \"2006-01-02T15:04:05Z07:00\": cannot parse")
            }
            since = moment
        } else if let seconds {
            if seconds < 1 {
                problems.append(Problem("sinceSeconds", .invalid, value: String(seconds), "must be greater than 0"))
            }
            since = Timestamp(
                seconds: call.now.seconds - Int64(min(max(seconds, 0), 315_360_000)),
                nanoseconds: call.now.nanoseconds)
        }
        guard problems.isEmpty else { throw Self.refusal(problems) }
    }

    private static func refusal(_ problems: [Problem]) -> Status {
        let object = Object(apiVersion: "v1", kind: "PodLogOptions", name: "")
        return .invalid(object, problems)
    }
}

extension Request {
    /// A parameter that is a whole number; nil if it is not given.
    fileprivate func number(_ name: String) throws(Status) -> Int? {
        guard let text = parameter(name), !text.isEmpty else { return nil }
        guard let number = Int(text) else {
            throw Status(.badRequest, "strconv.ParseInt: parsing \"\(text)\": invalid syntax")
        }
        return number
    }
}
