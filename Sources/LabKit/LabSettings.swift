// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
internal import Linux

/// How a lab is brought up.
public struct LabSettings: Sendable {
    /// Its name; nil for one that no other lab has.
    public var name: String?
    /// How many nodes; nil for what the Lab document says, else three.
    public var nodes: Int?
    /// Whether it has a host namespace of its own, with no way out. A lab that has not changes the machine's routes.
    public var isIsolated = true
    /// Whether bringing it up waits until all its Pods are ready.
    public var waits = true
    /// How long to wait until all is ready, in seconds.
    public var timeout = 60
    /// Fields of a Lab document's `spec` that go over those of the manifest's own.
    public var overrides: Fields = [:]
    /// Of all that is drawn, as the endings of Pods' names; nil for another each time.
    public var seed: UInt64?
    /// The program `lab`; nil for the one that `LAB_BINARY` names, or beside the running program, or in the `PATH`.
    public var program: String?
    /// Gets what the daemon remarks while the lab comes up, sentence by sentence; nil for nobody.
    public var tell: (@Sendable (String) -> Void)?
    /// Whether the lab goes when this program ends, however that comes about.
    public var isLeashed = true

    /// An isolated lab that goes with this program.
    public init() {}

    /// The program that keeps the lab.
    func daemonProgram() throws -> String {
        if let program { return program }
        if let named = Program.environment("LAB_BINARY"), !named.isEmpty { return named }
        let folder = Program.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let beside = folder.joined(separator: "/") + "/lab"
        let inPath = (Program.environment("PATH") ?? "").split(separator: ":").map { "\($0)/lab" }
        if let found = ([beside] + inPath).first(where: { File.isExecutable($0) }) { return found }
        throw LabFailure(
            "the program lab is nowhere: neither LAB_BINARY names it, nor is it at \(beside) or in the PATH; build it "
                + "with scripts/build, which leaves it in .build/programs")
    }
}
