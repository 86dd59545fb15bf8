// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Dataplane
internal import Engine
internal import Kubernetes
internal import Linux
internal import Synchronization

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record what happens in a lab: as a page that plays without a lab, or as lines for programs.",
        discussion: """
            A page (.html) holds all that it needs: it opens from its file's path in any browser, with no network. Lines \
            (.jsonl) are described in docs/story.md; lab replay checks them. It ends with Ctrl-C, after --for, or with the \
            command that it is wrapped round, whose exit code it has then.

            EXAMPLES
              sudo lab record blue-green -o story.html
              sudo lab record blue-green -o story.jsonl --for 30s
              sudo lab record -o story.html -- kubectl rollout restart deployment/web
            """)
    @Argument(help: "The lab, when several are up.")
    var name: String?
    @Option(name: .shortAndLong, help: "The file: FILE.html or FILE.jsonl.")
    var output: String
    @Option(name: .customLong("for"), help: "How long, as 30s or 5m.")
    var time: String?
    @OptionGroup var lab: LabChoice
    @Argument(parsing: .postTerminator, help: "A command and its arguments, after --.")
    var command: [String] = []

    func validate() throws {
        guard name == nil || lab.name == nil else { throw ValidationError("The lab is named twice.") }
        guard time == nil || command.isEmpty else {
            throw ValidationError("--for and a command both say when it ends: give one of them.")
        }
        if let time, RecordCommand.seconds(time) == nil { throw ValidationError("--for takes a time as 30s or 5m.") }
    }

    func run() throws {
        var choice = lab
        choice.name = name ?? lab.name
        let paths = try choice.paths()
        let recording = try StoryRecording(paths, to: output, hear: Terminal.note)
        var code: Int32 = 0
        if command.isEmpty {
            try wait(recording)
        } else {
            code = try follow(paths)
        }
        try recording.end()
        Terminal.note("\(output): \(recording.file.count) lines")
        if code != 0 { throw ExitCode(code) }
    }

    /// Runs the command on this machine, with the lab's kubeconfig; gives its exit code.
    private func follow(_ paths: LabPaths) throws -> Int32 {
        var options = ProcessOptions(.path(command[0]))
        options.arguments = Array(command.dropFirst())
        options.environment =
            Program.environment.filter { !$0.hasPrefix("KUBECONFIG=") && !$0.hasPrefix("LAB_NAME=") }
            + ["KUBECONFIG=\(paths.kubeconfig)", "LAB_NAME=\(paths.lab)"]
        if LabDirectory.description(paths)?["isolated"]?.bool == true {
            options.network = try BindingFolder.standard.open(paths.binding("host"))
        }
        return try Foreground.run(options)
    }

    /// Waits for a signal, for the time to pass, or for the lab's end.
    private func wait(_ recording: StoryRecording) throws {
        let ended = try Semaphore()
        try Program.onSignals([Program.interrupt, Program.terminate, Program.hangUp]) { _ in ended.signal() }
        if let seconds = time.flatMap(RecordCommand.seconds) {
            try ShortThread.detach("time") {
                Program.sleep(milliseconds: Int(seconds * 1000))
                ended.signal()
            }
        }
        try ShortThread.detach("end") {
            recording.wait()
            ended.signal()
        }
        if Terminal.showsProgress { Terminal.note("recording, until Ctrl-C") }
        ended.wait()
    }

    /// The seconds of `30s`, `5m`, `1.5h`, or of a number alone.
    private static func seconds(_ text: String) -> Double? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? text : String(text.dropLast())), number > 0, number < 86_400 else {
            return nil
        }
        return number * (unit ?? 1)
    }
}
