// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// What a button of the page does, and the command line that does the same.
enum PageAct: Sendable, Hashable {
    case scale(ObjectKey, replicas: Int)
    /// Labels to set, and (null) to take away.
    case label(ObjectKey, Value)
    /// A merge patch.
    case patch(ObjectKey, Value)
    case delete(ObjectKey)
    case kill(ObjectKey)
    /// A node or a Pod.
    case freeze(ObjectKey)
    case thaw(ObjectKey)
    /// The fault of an identifier is to be over.
    case clear(String)
    case curl(PageCurl)

    /// Reads `{"action", "object", …}`.
    /// - Throws: what is wrong with it.
    init(_ value: Value) throws {
        switch value.text("action") {
        case "scale":
            guard let replicas = value["replicas"]?.int else { throw LabError("\"replicas\" takes a number") }
            self = .scale(try PageAct.object(value), replicas: replicas)
        case "label": self = .label(try PageAct.object(value), .object(value["labels"]?.fields ?? [:]))
        case "patch": self = .patch(try PageAct.object(value), .object(value["patch"]?.fields ?? [:]))
        case "delete": self = .delete(try PageAct.object(value))
        case "kill": self = .kill(try PageAct.object(value))
        case "freeze": self = .freeze(try PageAct.object(value))
        case "thaw": self = .thaw(try PageAct.object(value))
        case "clear": self = .clear(value.text("id"))
        case "curl": self = .curl(try PageCurl(value))
        case let action:
            throw LabError(
                "\"\(action)\" is no action; there are: scale, label, patch, delete, kill, freeze, thaw, clear, curl")
        }
    }

    private static func object(_ value: Value) throws -> ObjectKey {
        guard let key = StoryLine.key(value.text("object")) else {
            throw LabError("\"object\" takes a key as Service/default/web or Node/node-1")
        }
        return key
    }
}

/// Requests that are to be made from a place of the lab.
struct PageCurl: Sendable, Hashable {
    /// The namespace of the plan that they come from: `host`, `node-1`, `outside-visitor`, `default/web-1`.
    var from: String
    var url: String
    var count: Int

    /// So many at once.
    private static let most = 2000

    init(_ value: Value) throws {
        from = value["from"]?.string ?? "host"
        url = value.text("url")
        count = value["count"]?.int ?? 1
        guard (1...PageCurl.most).contains(count) else { throw LabError("\"count\" takes 1 to \(PageCurl.most)") }
        guard url.hasPrefix("http://") else { throw LabError("\"url\" takes an address that begins with http://") }
    }

    /// One request to where a question of `why` leads.
    init(tracing answer: Value) throws {
        guard let target = answer["to", "targets"]?.elements.first, let port = target["port"]?.int,
            answer.text("protocol") == "tcp"
        else { throw LabError("a port that speaks TCP is traced from here; lab trace follows the others") }
        let address = target.text("address")
        let host = address.contains(":") ? "[\(address)]" : address
        try self.init([
            "url": .string("http://\(host):\(port)/"), "from": answer["from", "namespace"] ?? "host", "count": 1,
        ])
    }
}
