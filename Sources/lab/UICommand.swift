// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Linux
internal import Net
internal import Synchronization

struct UICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ui",
        abstract: "Show a lab in the browser: its picture, live, and its timeline.",
        discussion: """
            The page is at 127.0.0.1 of this machine, for whoever has the link: the token in it becomes a cookie. It shows what \
            happens as it happens, to be looked back at (docs/story.md). Ctrl-C ends it; the lab goes on.

            EXAMPLES
              sudo lab ui
              sudo lab ui --lab demo --open
              sudo lab ui --port 8080
            """)
    @Option(help: "The port at 127.0.0.1; else any that is free.")
    var port: UInt16 = 0
    @Flag(help: "Open the link in the desktop's browser (xdg-open).")
    var open = false
    @OptionGroup var lab: LabChoice

    func run() async throws {
        let paths = try lab.paths()
        let socket: Descriptor
        if let early = UICommand.takeEarly() {
            socket = Descriptor(owning: early)
        } else {
            socket = try TCPSocket.listen(SocketAddress(Address(127, 0, 0, 1), port))
        }
        Program.ignoreBrokenPipes()
        let passage = try await PagePassage(paths, from: socket) { Terminal.note($0) }
        Terminal.print(passage.link)
        if Terminal.showsProgress { Terminal.note("the page is served until Ctrl-C") }
        if open, let code = try? Foreground.run(UICommand.opening(passage.link)), code != 0 {
            Terminal.note("xdg-open did not open it: open the link yourself")
        }
        try Program.onSignals([Program.interrupt, Program.terminate, Program.hangUp]) { _ in Program.exit(0) }
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    private static func opening(_ link: String) -> ProcessOptions {
        var options = ProcessOptions(.path("xdg-open"))
        options.arguments = [link]
        options.environment = Program.environment
        return options
    }

    // MARK: Sessions

    private static let early = Mutex<Int32?>(nil)

    /// Listens before the program enters the session of a user who is not root, which has no loopback of the machine's.
    static func listenEarly(_ words: ArraySlice<String>) {
        guard words.first == "ui" else { return }
        let named = words.firstIndex(of: "--port").flatMap { words.dropFirst($0 - words.startIndex + 1).first }
        let joined = words.first { $0.hasPrefix("--port=") }.map { String($0.dropFirst("--port=".count)) }
        guard let port = UInt16(named ?? joined ?? "0"),
            let socket = try? TCPSocket.listen(SocketAddress(Address(127, 0, 0, 1), port))
        else { return }
        let raw = socket.release()
        early.withLock { $0 = raw }
    }

    private static func takeEarly() -> Int32? {
        early.withLock { early in
            defer { early = nil }
            return early
        }
    }
}
