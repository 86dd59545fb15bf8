// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
internal import Linux

/// What a user asks for on the command line of `lab up`, beside the manifest.
public struct LabOptions: Sendable, Hashable {
    /// `--name`; nil takes the lab file's, or the manifest's file name.
    public var name: String?
    /// `--nodes`; nil takes the lab file's.
    public var nodes: Int?
    /// `--isolated`: the lab gets a host namespace of its own, and the machine's is left alone.
    public var isIsolated = false
    /// Fields of a Lab document's `spec` that go over those of the input's own, or stand for one that has none.
    public var overrides: Fields = [:]
    /// Of all that is drawn, as names' endings and addresses; nil for another each time.
    public var seed: UInt64?
    /// `--no-wait`: do not wait until all is ready.
    public var waits = true
    /// `--timeout`, in seconds.
    public var timeout = 60
    /// Whether the lab goes when the program that brought it up ends, or closes its stream, however that comes about.
    public var isLeashed = false
    /// `--sabotage`, or `LAB_SABOTAGE` of the environment: the name of a way to break the Service rules; nil for none.
    public var sabotage: String? = Program.environment("LAB_SABOTAGE").flatMap { $0.isEmpty ? nil : $0 }
    /// To whom the kubeconfig belongs.
    public var owner = InvokingUser(user: 0, group: 0, home: "/root")

    /// What `lab up` does without options.
    public init() {}

    init(_ value: Value) {
        name = value["name"]?.string
        nodes = value["nodes"]?.int
        isIsolated = value["isolated"]?.bool ?? false
        seed = value["seed"]?.int.map { UInt64(truncatingIfNeeded: $0) }
        overrides = value["lab"]?.fields ?? [:]
        waits = value["wait"]?.bool ?? true
        timeout = value["timeout"]?.int ?? timeout
        sabotage = value["sabotage"]?.string
        isLeashed = value["leashed"]?.bool ?? false
        if let owner = value["owner"] { self.owner = InvokingUser(owner) }
    }

    /// The options as they go to the daemon.
    public var value: Value {
        var value: Value = [
            "isolated": .bool(isIsolated), "wait": .bool(waits), "timeout": .int(Int64(timeout)),
            "leashed": .bool(isLeashed), "owner": owner.value, "lab": .object(overrides),
        ]
        value["seed"] = seed.map { .int(Int64(truncatingIfNeeded: $0)) }
        value["name"] = name.map { .string($0) }
        value["sabotage"] = sabotage.map { .string($0) }
        value["nodes"] = nodes.map { .int(Int64($0)) }
        return value
    }
}

/// A file of the user's, read by the command and handed to the daemon with its name.
public struct InputFile: Sendable, Hashable {
    /// The name that the user gave it; `-` for standard input.
    public var name: String
    /// Its contents.
    public var bytes: [UInt8]

    /// A file that was read.
    public init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Those that a request of the control socket has: `"files": [{"name", "text"}]`.
    static func all(in request: Value) -> [InputFile] {
        (request["files"]?.elements ?? []).map { file in
            InputFile(file["name"]?.string ?? "-", Array((file["text"]?.string ?? "").utf8))
        }
    }
}
