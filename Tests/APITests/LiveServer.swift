// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Kubernetes

/// The server of a lab that is up, to which `scripts/conformance --lab NAME` sends the recorded requests with curl.
struct LiveServer {
    private let address: String
    private let token: String

    /// The server that the environment names; nil if it names none.
    static var named: LiveServer? {
        let environment = ProcessInfo.processInfo.environment
        guard let address = environment["LAB_CONFORMANCE_SERVER"], !address.isEmpty else { return nil }
        return LiveServer(address: address, token: environment["LAB_CONFORMANCE_TOKEN"] ?? "")
    }

    /// What the server gives for all recorded requests.
    func replay() throws -> [Replayed] {
        var replay = Replay()
        var failure: (any Error)?
        let all = RecordedRequest.all.map { recorded in
            replay.run(recorded) { request in
                do {
                    return try send(request)
                } catch {
                    failure = error
                    return (0, [], [])
                }
            }
        }
        if let failure { throw failure }
        return all
    }

    private func send(_ request: Request) throws -> (Int, [String], [UInt8]) {
        let query = request.query.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }.joined(separator: "&")
        let url = address + request.path + (query.isEmpty ? "" : "?" + query)
        var arguments = [
            "curl", "--silent", "--insecure", "--max-time", "10", "--globoff", "--include", "--http1.1",
            "--request", request.method.rawValue, "--header", "Authorization: Bearer \(token)", "--header", "Expect:",
            // Without it curl gets the answers that people read.
            "--user-agent", "",
        ]
        for name in ["accept", "content-type"] {
            if let value = request.headers[name] { arguments += ["--header", "\(name): \(value)"] }
        }
        if !request.body.isEmpty { arguments += ["--data-binary", "@-"] }
        return Self.parsed(try Self.run(arguments + [url], input: request.body))
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }

    private static func run(_ arguments: [String], input: [UInt8]) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        let (given, taken) = (Pipe(), Pipe())
        process.standardInput = given
        process.standardOutput = taken
        try process.run()
        try given.fileHandleForWriting.write(contentsOf: Data(input))
        try given.fileHandleForWriting.close()
        let output = try taken.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return output
    }

    /// The code, the warnings and the body of an answer as it came over the wire.
    private static func parsed(_ output: Data) -> (Int, [String], [UInt8]) {
        guard let end = output.firstRange(of: Data("\r\n\r\n".utf8)) else { return (0, [], []) }
        let lines = String(decoding: output[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let code = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let warnings = lines.filter { $0.lowercased().hasPrefix("warning: ") }.map { String($0.dropFirst(9)) }
        return (code, warnings, Array(output[end.upperBound...]))
    }
}
