// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Apply manifests to a running lab: all of them, or nothing.",
        discussion: "EXAMPLE\n  sudo lab apply -f Labs/two-versions.yaml")
    @Option(name: .shortAndLong, parsing: .upToNextOption, help: "Files, folders, or - for standard input.")
    var filename: [String]
    @Flag(help: "Do not wait until all is ready.")
    var noWait = false
    @Option(help: "How long to wait until all is ready, in seconds.")
    var timeout = 60
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice

    func run() throws {
        let files = try InputFiles.value(InputFiles.read(filename))
        let result = try lab.client().ask(
            ["verb": "apply", "files": files, "wait": .bool(!noWait), "timeout": .int(Int64(timeout))],
            hear: Hearing.tell)
        Terminal.clearProgress()
        Hearing.show(result, output)
    }
}

struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete objects of a running lab, by manifest or by name.",
        discussion:
            "EXAMPLES\n  sudo lab delete -f Labs/hello-service.yaml\n  sudo lab delete service/web pod/default/curl")
    @Argument(help: "KIND/NAME or KIND/NAMESPACE/NAME.")
    var objects: [String] = []
    @Option(name: .shortAndLong, parsing: .upToNextOption, help: "Files, folders, or - for standard input.")
    var filename: [String] = []
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice

    func validate() throws {
        guard !objects.isEmpty || !filename.isEmpty else {
            throw ValidationError("What is to be deleted? Name objects (pod/web-1) or a manifest (-f FILE).")
        }
    }

    func run() throws {
        let result = try lab.client().ask([
            "verb": "delete", "files": try InputFiles.value(InputFiles.read(filename)),
            "objects": .array(objects.map { .string($0) }),
        ])
        if result.elements.isEmpty { throw LabError("none of these objects is there") }
        Hearing.show(result, output)
    }
}

struct Label: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Set or remove labels of an object.",
        discussion: """
            EXAMPLES
              sudo lab label pod/hello-app-5d9c7b-x2x4z app=bye-service     it leaves its Service, and a replacement comes
              sudo lab label pod/web-1 app-                                 removes the label
            """)
    @Argument(help: "KIND/NAME or KIND/NAMESPACE/NAME.")
    var object: String
    @Argument(help: "NAME=VALUE to set, NAME- to remove.")
    var labels: [String]
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice

    func run() throws {
        var changes: Fields = [:]
        for label in labels {
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2 {
                changes[parts[0]] = .string(parts[1])
            } else if label.hasSuffix("-") {
                changes[String(label.dropLast())] = .null
            } else {
                throw ValidationError("\"\(label)\" is no label: write NAME=VALUE, or NAME- to remove one.")
            }
        }
        let result = try lab.client().ask(["verb": "label", "object": .string(object), "labels": .object(changes)])
        Hearing.show(.array([result]), output)
    }
}

struct Scale: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Set how many Pods a Deployment or ReplicaSet has.",
        discussion: "EXAMPLE\n  sudo lab scale deployment/hello-app --replicas 5")
    @Argument(help: "KIND/NAME or KIND/NAMESPACE/NAME.")
    var object: String
    @Option(help: "How many.")
    var replicas: Int
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice

    func run() throws {
        let result = try lab.client().ask([
            "verb": "scale", "object": .string(object), "replicas": .int(Int64(replicas)),
        ])
        Hearing.show(.array([result]), output)
    }
}

/// What commands show of a daemon's replies.
enum Hearing {
    static func tell(_ reply: Value) {
        if let text = reply["say"]?.string { Terminal.note(text) }
        if let progress = reply["progress"] {
            Terminal.progress("Pods \(progress["readyPods"]?.int ?? 0)/\(progress["wantedPods"]?.int ?? 0) ready")
        }
    }

    /// One line an object, as kubectl: `Service web/hello created`.
    static func show(_ result: Value, _ output: OutputChoice) {
        if output.output == .json { return Terminal.print(result.json(pretty: true)) }
        for item in result.elements { Terminal.print("\(item.text("key")) \(item.text("verb"))") }
    }
}
