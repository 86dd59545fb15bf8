// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Server
internal import Synchronization

/// The lab as the page's server sees it: what the page reads, and what its buttons do.
struct LabPage: PageBackend {
    let lab: Lab

    func answer(_ request: PageRequest) async -> PageReply {
        switch (request.method, request.path) {
        case ("GET", "/story"): return await story(request)
        case ("GET", "/why"):
            return .json(
                await lab.why([
                    "from": .string(request.query["from"] ?? "host"), "to": .string(request.query["to"] ?? ""),
                    "ways": .int(Int64(LabPage.mostWays)),
                ]))
        case ("GET", "/rules"): return .json(await lab.pageRules(request.query["node"], request.query["service"]))
        case ("POST", "/act"): return await act(request)
        case ("POST", "/trace"): return await trace(request)
        default: return .whole(.notFound)
        }
    }

    /// So many ends of connections are told.
    private static let mostWays = 40

    /// The story, from now on or from a line that the page has.
    private func story(_ request: PageRequest) async -> PageReply {
        let wantsLines = (request.headers["accept"] ?? "").hasPrefix("application/x-ndjson")
        let listener = StoryListener(isEvents: !wantsLines) { [lab] listener in
            Task { await lab.close(listener) }
        }
        // A browser that connects again says by itself how far it is.
        let last = request.headers["last-event-id"] ?? request.query["from"]
        await lab.open(listener, after: last.flatMap { Int($0) })
        return .stream(contentType: wantsLines ? "application/x-ndjson" : "text/event-stream", listener)
    }

    private func act(_ request: PageRequest) async -> PageReply {
        do {
            let act = try PageAct(Value(json: request.body))
            let command = await lab.command(for: act)
            guard request.query["dry"] != "1" else {
                return .json(["command": .string(command), "ok": true, "message": ""])
            }
            do {
                let message = try await lab.perform(act)
                return .json(["command": .string(command), "ok": true, "message": .string(message)])
            } catch {
                return .json(["command": .string(command), "ok": false, "message": .string("\(error)")])
            }
        } catch {
            return .json(["ok": false, "message": .string("\(error)")], status: 400)
        }
    }

    /// Makes one connection, and tells how the kernels carried it.
    private func trace(_ request: PageRequest) async -> PageReply {
        do {
            let body = try Value(json: request.body)
            let asked = await lab.why(["from": body["from"] ?? "host", "to": body["to"] ?? "", "ways": 1])
            if let error = asked["error"]?.string { throw LabError(error) }
            let curl = try PageCurl(tracing: asked)
            let journeys = Mutex<[Value]>([])
            let question: Value = [
                "from": body["from"] ?? "host", "to": body["to"] ?? "", "count": 1,
                "seconds": .int(LabPage.tracePatience),
            ]
            _ = try await lab.trace(question) { [lab] said in
                if said["ready"] != nil { Task { _ = try? await lab.perform(curl) } }
                if let journey = said["journey"] { journeys.withLock { $0.append(journey) } }
            } isOver: {
                false
            }
            return .json(["journeys": .array(journeys.withLock { $0 })])
        } catch {
            return .json(["error": .string("\(error)")], status: 400)
        }
    }

    /// So long a connection is waited for, in seconds.
    private static let tracePatience: Int64 = 4
}

extension PageReply {
    fileprivate static func json(_ value: Value, status: Int = 200) -> PageReply {
        .whole(PlainAnswer(status, type: "application/json", value.json() + "\n"))
    }
}
