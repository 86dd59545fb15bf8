// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct ServiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service",
        abstract: "Print the addresses of a Service that the host reaches, or open them in a browser.",
        discussion: """
            EXAMPLES
              sudo lab service hello-service
              sudo lab service shop/web --open
              curl "$(sudo lab service hello-service | head -n 1)"
            """)
    @Argument(help: "The Service, as NAME or NAMESPACE/NAME.")
    var service: String
    @Flag(help: "Open each address with xdg-open.")
    var open = false
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice

    func run() throws {
        let report = try lab.client().ask(["verb": "urls", "service": .string(service)])
        let urls = report.elements.compactMap(\.string)
        guard !urls.isEmpty else {
            throw LabError("\(service) has no address that the host reaches, or no endpoint that is ready")
        }
        if output.output == .json {
            Terminal.print(report.json(pretty: true))
        } else {
            for url in urls { Terminal.print(url) }
        }
        guard open else { return }
        for url in urls {
            var options = ProcessOptions(.path("xdg-open"))
            options.arguments = [url]
            options.environment = Program.environment
            _ = try Foreground.run(options)
        }
    }
}
