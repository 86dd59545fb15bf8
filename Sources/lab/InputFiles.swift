// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux

/// The files that a user names: each a file, a folder of manifests, or `-` for standard input.
enum InputFiles {
    /// The largest manifest that is taken, in bytes: what the reader refuses is not read whole.
    private static let limit = 17 << 20

    static func read(_ names: [String]) throws -> [InputFile] {
        try names.flatMap { name -> [InputFile] in
            if name == "-" { return [InputFile("-", try File.bytes(0, "standard input", limit: limit))] }
            guard File.isDirectory(name) else { return [InputFile(name, try File.bytes(name, limit: limit))] }
            let folder = name.hasSuffix("/") ? String(name.dropLast()) : name
            let files = File.names(in: name).filter { file in
                [".yaml", ".yml", ".json"].contains { file.hasSuffix($0) }
            }
            guard !files.isEmpty else { throw LabError("\(name): no .yaml, .yml or .json file is in this folder") }
            return try files.map { InputFile("\(folder)/\($0)", try File.bytes("\(folder)/\($0)", limit: limit)) }
        }
    }

    /// The files as they go to the daemon. Text that is not UTF-8 is refused here, before it is changed on the way.
    static func value(_ files: [InputFile]) throws -> Value {
        .array(
            try files.map { file in
                guard let text = String(validating: file.bytes, as: UTF8.self), file.bytes.count < limit else {
                    // The reader says best what is wrong with it.
                    _ = try Manifest.read(file.bytes, file: file.name)
                    throw LabError("\(file.name): this is no text")
                }
                return ["name": .string(file.name), "text": .string(text)]
            })
    }
}
