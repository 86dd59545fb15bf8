// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Kubernetes
internal import Linux

/// A lab whose daemon is gone, in the hands of this one: all that it needs to go on is read before anything is touched.
struct AdoptedLab {
    private let paths: LabPaths
    private let image: StateImage
    private let setup: KeptSetup

    /// Reads what was kept.
    init(_ paths: LabPaths) throws {
        self.paths = paths
        guard let image = StateImage(log: try File.bytes(paths.state, limit: Int.max)) else {
            throw LabError("\(paths.state) holds no lab's state")
        }
        self.image = image
        setup = try KeptSetup(paths, image)
    }

    /// Takes the lab over, and listens to commands and to the API's clients.
    /// - Returns: what was found.
    func start() async throws -> Value {
        let cluster = Cluster(
            setup.configuration, restoring: image,
            seed: UInt64(Program.milliseconds() * 1e6) ^ UInt64(Program.pid) << 40, now: .now())
        let configuration = cluster.configuration
        let kernel = try LabKernel(
            paths, configuration, isIsolated: setup.options.isIsolated, keeping: image, voice: Voice { _ in })
        kernel.runner.tokens = setup.access.keeper
        kernel.runner.images = setup.images
        let lab = Lab(
            paths.lab, paths, setup.options, cluster, kernel,
            KubernetesAPI(tokens: setup.access.keeper, metrics: { kernel.metrics.all }), setup.document,
            iptables: setup.iptables)
        if image.ignored > 0 { kernel.log("the last \(image.ignored) bytes of the state were no whole record") }
        var result = try await lab.adopt()
        let front = try APIFront(setup.access, lab)
        let port = try await front.open(
            kernel.edge, paths, configuration, setup.options.owner, former: setup.port)
        if port != setup.port { kernel.log("the API's port is another by now: \(port)") }
        let commands = CommandHandler(lab)
        try File.remove(paths.socket)
        try ControlServer(paths).run { request, reply in await commands.handle(request, reply) }
        try File.write(
            paths.description, LabDirectory.description(configuration, setup.options).json() + "\n")
        result["name"] = .string(paths.lab)
        return result
    }
}
