// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux
internal import Screen

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch a lab: Services and endpoints with new connections, shares, refusals; nodes and faults.",
        discussion: """
            EXAMPLES
              sudo lab top                       keys: q quits, ? explains the others
              sudo lab top --once                what there is, and no more
              sudo lab top -o json | jq .        an object a second

            Connections are counted by the nodes' connection tracking, from the command's beginning on: nothing is \
            counted, and no rule changes, while nobody looks. Where standard output is no terminal, a table is written \
            each time.
            """)
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice
    @OptionGroup var watch: TopOptions

    func run() throws { try watch.run(try lab.client(), output.output) }
}

/// The words for `TopState.Order`.
enum TopOrder: String, ExpressibleByArgument, CaseIterable {
    case rate
    case connections
    case refusals
    case name

    var order: TopState.Order { TopState.Order(rawValue: rawValue) ?? .rate }
}

/// How a lab is watched.
struct TopOptions: ParsableArguments {
    @Option(help: "How many seconds lie between two looks.")
    var interval = 1.0
    @Flag(help: "Look once, at the rates of one interval, and end.")
    var once = false
    @Option(help: "The order: rate, connections, refusals or name.")
    var sort = TopOrder.rate
    @Option(help: "Only Services with this in their names.")
    var filter = ""

    func validate() throws {
        guard (0.1...3600).contains(interval) else { throw ValidationError("--interval is 0.1 to 3600 seconds.") }
    }

    /// Shows the lab until the user has had enough.
    func run(_ client: ControlClient, _ format: OutputFormat) throws {
        var state = TopState()
        state.order = sort.order
        state.filter = filter
        let source = TopSource(client: client)
        if format == .text, !once, ScreenTerminal.isThere { return try draw(&state, source) }
        try write(&state, source, format)
    }

    private var pause: Double { interval * 1000 }

    // MARK: A terminal

    private func draw(_ state: inout TopState, _ source: TopSource) throws {
        let terminal = try ScreenTerminal()
        var next = 0.0
        while !state.hasEnded {
            let now = Program.milliseconds()
            if now >= next {
                state.take(try source.report(state.filter))
                // The first rates are there soon.
                next = Program.milliseconds() + (next == 0 ? min(pause, 300) : pause)
            }
            let (columns, rows) = terminal.size()
            terminal.draw(state.screen(columns: columns, rows: rows, hasColour: Terminal.hasColor))
            guard let bytes = terminal.keys(milliseconds: Int(max(1, min(next - now, 200)))) else { return }
            let filter = state.filter
            for key in ScreenKey.keys(in: bytes) { state.press(key, rows: rows - 8) }
            // What is left out of a long list may be what is looked for.
            if state.filter != filter { next = min(next, now + 300) }
        }
    }

    // MARK: No terminal

    private func write(_ state: inout TopState, _ source: TopSource, _ format: OutputFormat) throws {
        var isFirst = true
        state.take(TopReport(try source.value(filter)))
        while isFirst || !once {
            Program.sleep(milliseconds: Int(pause))
            let value = try source.value(filter)
            state.take(TopReport(value))
            if format == .json {
                Terminal.print(value.json())
            } else {
                let columns = Program.columns(1) ?? 160
                let lines = state.table(columns: columns, hasColour: Terminal.hasColor)
                Terminal.print((isFirst ? "" : "\n") + lines.joined(separator: "\n"))
            }
            isFirst = false
        }
    }
}

/// Asks a lab's daemon.
private struct TopSource {
    let client: ControlClient
    /// Tells this command from others that watch the same lab.
    private let name = "\(Program.pid) \(Program.milliseconds())"

    init(client: ControlClient) { self.client = client }

    func value(_ filter: String) throws -> Value {
        try client.ask(["verb": "top", "client": .string(name), "filter": .string(filter)])
    }

    func report(_ filter: String) throws -> TopReport { TopReport(try value(filter)) }
}
