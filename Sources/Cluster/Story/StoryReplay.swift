// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// A story that is read from its beginning to its end, and checked on the way: that it agrees with itself, that every
/// journey went as the walker says on the plan of that moment, and that no connection went to an endpoint that was none.
public struct StoryReplay {
    /// Something that does not agree.
    public struct Problem: Sendable, Hashable {
        /// The number of the line, from 1.
        public var line: Int
        /// When, in milliseconds since the story began.
        public var milliseconds: Double
        /// What is wrong.
        public var text: String
    }

    /// The state after the last line.
    public private(set) var state = StoryState()
    /// What does not agree, in order.
    public private(set) var problems: [Problem] = []
    /// How many lines were read.
    public private(set) var lines = 0
    /// How many journeys went as the walker says.
    public private(set) var journeys = 0
    /// How many connections and counters were looked at.
    public private(set) var connections = 0
    /// How many writes and rule batches were folded.
    public private(set) var changes = 0

    private let configure: (Value) throws -> Configuration
    private var endpoints = StoryEndpoints()
    private var counted: [String: Int] = [:]
    private var last = (number: 0, milliseconds: 0.0)
    private var isOpen = false
    /// The cluster of the last journey, and of which state.
    private var planned: (revision: UInt64, mode: String, cluster: Cluster)?

    /// - Parameter configure: what a lab was made of, by its line `lab`.
    public init(_ configure: @escaping (Value) throws -> Configuration) { self.configure = configure }

    /// Reads the next line.
    public mutating func read(_ bytes: [UInt8]) {
        lines += 1
        let line: StoryLine
        do { line = try StoryLine(json: bytes) } catch { return note("it is no line of a story: \(error)") }
        if line.milliseconds < last.milliseconds { note("its time is before that of the line before") }
        if line.number <= last.number { note("its number is not more than that of the line before") }
        last = (line.number, max(line.milliseconds, last.milliseconds))
        guard state.lab != .null || line.known == .lab else { return note("it comes before the line \"lab\"") }
        if let problem = StoryReplay.problem(line) { return note(problem) }
        check(line)
        state.fold(line)
        follow(line)
    }

    private mutating func note(_ text: String) {
        problems.append(Problem(line: lines, milliseconds: last.milliseconds, text: text))
    }

    // MARK: Before a line is folded

    /// The kinds of objects whose specs the plan is made of.
    private static let planned: Set = ["Service", "Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"]

    /// What of a line no lab can have told; nil if it may be folded.
    private static func problem(_ line: StoryLine) -> String? {
        switch line.known {
        case .object:
            guard let value = line.fields["object"], line.fields["verb"] != "deleted" else { return nil }
            let object = Object(value)
            guard planned.contains(object.kind) else { return nil }
            return object.problems(isStrict: false).first.map { "\(line.fields["key"]?.string ?? ""): \($0)" }
        case .counters:
            let counts = (line.fields["services"]?.elements ?? []).compactMap { $0["connections"]?.int }
            return counts.allSatisfy((0...mostConnections).contains) ? nil : "a count of connections is none"
        default: return nil
        }
    }

    /// No lab counts more.
    private static let mostConnections = 1 << 50

    private mutating func check(_ line: StoryLine) {
        switch line.known {
        case .object: checkObject(line.fields)
        case .rules: checkRules(line.fields)
        default: break
        }
    }

    private mutating func checkObject(_ fields: Value) {
        guard let key = fields["key"]?.string.flatMap(StoryLine.key) else { return note("it names no object") }
        changes += 1
        let isThere = state.objects[key] != nil
        let revision = UInt64(clamping: fields["revision"]?.int ?? 0)
        if fields["verb"] == "deleted", !isThere, isOpen { note("\(key) is deleted, and was not there") }
        if fields["verb"] == "modified", !isThere, isOpen { note("\(key) is changed, and was not there") }
        if isOpen, revision < state.revision { note("\(key): its revision \(revision) is before \(state.revision)") }
    }

    private mutating func checkRules(_ fields: Value) {
        changes += 1
        let place = StoryState.RuleSet(
            node: fields["node"]?.string ?? "", family: fields["family"]?.string ?? "")
        guard let known = state.rules[place], fields["whole"] != true, fields["flushed"] == nil else { return }
        for text in (fields["removed"]?.elements ?? []).compactMap(\.string) where known[text] == nil && !known.isEmpty
        {
            note("on \(place.node) a rule goes that was not there: \(text)")
        }
    }

    // MARK: After a line was folded

    private mutating func follow(_ line: StoryLine) {
        switch line.known {
        case .lab: (isOpen, endpoints, counted, planned) = (false, StoryEndpoints(), [:], nil)
        case .ready: isOpen = true
        case .object: endpoints.fold(line)
        case .connection: checkConnection(line)
        case .counters: checkCounters(line)
        case .journey: checkJourney(line)
        default: break
        }
    }

    private mutating func checkConnection(_ line: StoryLine) {
        guard let service = line.fields["service"]?.string, let endpoint = line.fields["endpoint"]?.string else {
            return
        }
        connections += 1
        guard !endpoints.has(endpoint, of: service, at: line.milliseconds) else { return }
        note("a connection to \(service) went to \(endpoint), which is none of its endpoints")
    }

    private mutating func checkCounters(_ line: StoryLine) {
        let node = line.fields["node"]?.string ?? ""
        for item in line.fields["services"]?.elements ?? [] {
            guard let service = item["service"]?.string, let endpoint = item["endpoint"]?.string else { continue }
            let count = item["connections"]?.int ?? 0
            let name = "\(node) \(service) \(item["port"]?.string ?? "") \(endpoint)"
            let before = counted[name] ?? (isOpen ? 0 : count)
            counted[name] = count
            if count < before { note("the count of connections from \(node) to \(endpoint) goes back") }
            guard count > before else { continue }
            connections += count - before
            if !endpoints.has(endpoint, of: service, at: line.milliseconds) {
                note("\(count - before) connections to \(service) went to \(endpoint), which is none of its endpoints")
            }
        }
    }

    private mutating func checkJourney(_ line: StoryLine) {
        let journey = line.fields["journey"] ?? .null
        do {
            let cluster = try cluster(at: line)
            let walked = try cluster.journeys(JourneyOutline.question(journey)).map { JourneyOutline($0.value()) }
            let seen = JourneyOutline(journey)
            guard !walked.contains(seen) else {
                journeys += 1
                return
            }
            let nearest = walked.max { $0.common(with: seen) < $1.common(with: seen) }
            note(
                "a journey is none of the walker's \(walked.count): "
                    + (nearest.flatMap { seen.difference(from: $0) } ?? "the walker has none"))
        } catch { note("a journey cannot be walked: \(error)") }
    }

    private mutating func cluster(at line: StoryLine) throws -> Cluster {
        if let planned, planned.revision == state.revision, planned.mode == state.proxyMode { return planned.cluster }
        var configuration = try configure(state.lab)
        configuration.proxyMode = Configuration.ProxyMode(rawValue: state.proxyMode) ?? configuration.proxyMode
        let started = Int64(min(max(state.lab["startedMilliseconds"]?.int ?? 0, 0), StoryLine.mostMilliseconds))
        let now = Timestamp(milliseconds: started + Int64(line.milliseconds))
        let cluster = Cluster(configuration, at: state, now: now)
        planned = (state.revision, state.proxyMode, cluster)
        return cluster
    }
}

extension JourneyOutline {
    /// What is to be asked of the walker.
    static func question(_ journey: Value) -> Question {
        let origin = journey["origin"]?.string ?? "host"
        let from = origin.hasPrefix("outside-") ? "outside/\(origin.dropFirst("outside-".count))" : origin
        return Question(
            from: from, to: journey["sentTo"]?.string ?? "",
            transport: journey["protocol"]?.string.flatMap { AskedProtocol(rawValue: $0) })
    }

    /// How many steps are the same from the beginning.
    fileprivate func common(with other: JourneyOutline) -> Int {
        zip(steps, other.steps).prefix { $0 == $1 }.count
    }
}
