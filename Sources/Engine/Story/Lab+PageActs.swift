// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Kubernetes
internal import Server

/// What the page's buttons do: the same as the commands that they stand for.
extension Lab {
    /// The command line that does the same.
    func command(for act: PageAct) -> String {
        switch act {
        case .scale(let key, let replicas): kubectl("scale", key, "--replicas=\(replicas)")
        case .label(let key, let labels):
            kubectl(
                "label", key,
                labels.fields.sorted { $0.key < $1.key }.map { name, value in
                    Lab.quoted(value.string.map { "\(name)=\($0)" } ?? "\(name)-")
                }.joined(separator: " ") + " --overwrite")
        case .patch(let key, let patch): kubectl("patch", key, "--type=merge -p \(Lab.quoted(patch.json()))")
        case .delete(let key): kubectl("delete", key, "--wait=false")
        case .kill(let key): "lab fault kill \(Lab.place(key))"
        case .freeze(let key): "lab fault freeze \(Lab.place(key))"
        case .thaw(let key): "lab fault thaw \(Lab.place(key))"
        case .clear(let id): "lab fault clear \(Lab.quoted(id))"
        case .curl(let curl): curl.command
        }
    }

    private func kubectl(_ verb: String, _ key: ObjectKey, _ rest: String) -> String {
        let word = cluster.catalog.resource(of: key)?.singular ?? key.kind.lowercased()
        let namespace = key.namespace.isEmpty ? "" : "-n \(Lab.quoted(key.namespace)) "
        return "kubectl \(namespace)\(verb) \(Lab.quoted("\(word)/\(key.name)")) \(rest)"
    }

    /// A node, or a Pod, as commands name it.
    private static func place(_ key: ObjectKey) -> String {
        quoted(key.kind == "Node" ? key.name : "pod/\(key.namespace)/\(key.name)")
    }

    /// A word as a shell takes it.
    static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: "-_./:=,@+".utf8.contains(byte)
                }
            }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    // MARK: Doing

    /// Does it; gives what to tell.
    func perform(_ act: PageAct) async throws -> String {
        switch act {
        case .scale(let key, let replicas):
            try write(.patch, key, "/scale", ["spec": ["replicas": .int(Int64(replicas))]])
            return "\(key) is to have \(replicas) Pods"
        case .label(let key, let labels):
            try write(.patch, key, "", ["metadata": ["labels": labels]])
            return "\(key) has other labels"
        case .patch(let key, let patch):
            try write(.patch, key, "", patch)
            return "\(key) is changed"
        case .delete(let key):
            try write(.delete, key, "", nil)
            return "\(key) is to go"
        case .kill(let key):
            let done = try await fault(["kind": "kill", "pod": .string("pod/\(key.namespace)/\(key.name)")])
            return "killed: " + (done["killed"]?.elements ?? []).compactMap(\.string).joined(separator: ", ")
        case .freeze(let key):
            _ = try await fault(["kind": "freeze", "of": .string(Lab.target(key))])
            return "\(key) stands still"
        case .thaw(let key):
            _ = try await fault(["kind": "thaw", "of": .string(Lab.target(key))])
            return "\(key) goes on"
        case .clear(let id):
            _ = try await fault(["kind": "clear", "id": .string(id)])
            return "\(id) is over"
        case .curl(let curl): return try await perform(curl)
        }
    }

    private static func target(_ key: ObjectKey) -> String {
        key.kind == "Node" ? key.name : "\(key.namespace)/\(key.name)"
    }

    /// Writes as the API's clients do.
    private func write(_ method: Request.Method, _ key: ObjectKey, _ part: String, _ body: Value?) throws {
        guard let resource = cluster.catalog.resource(of: key) else { throw LabError("there is no kind \(key.kind)") }
        let root = resource.group.isEmpty ? "/api/\(resource.version)" : "/apis/\(resource.group)/\(resource.version)"
        let space = resource.isNamespaced ? "/namespaces/\(key.namespace)" : ""
        var request = Request(method, target: "\(root)\(space)/\(resource.plural)/\(key.name)\(part)")
        request.user = .admin
        request.body = body?.jsonBytes() ?? []
        if body != nil { request.headers["content-type"] = "application/merge-patch+json" }
        request.headers["accept"] = "application/json"
        request.headers["user-agent"] = "lab-ui"
        let response = respond(to: request)
        kernel.state.write()
        guard case .answer(let answer) = response, answer.status >= 300 else { return }
        let status = try? Value(json: answer.body())
        throw LabError(status?["message"]?.string ?? "the API answered \(answer.status)")
    }
}
