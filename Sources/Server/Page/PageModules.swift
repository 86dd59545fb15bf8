// SPDX-License-Identifier: Apache-2.0

/// The modules of the page as one script, for a page that stands alone: browsers load no module from a file's path.
///
/// Each module is a block, after those that it imports. This is no JavaScript parser: `page.c` says how modules import and
/// export, so that lines can be told.
struct PageModules {
    /// A module in parts.
    private struct Module {
        var imports: [(names: String, from: String)] = []
        var exports: [String] = []
        var body: [String] = []
    }

    private let files: [String: String]
    private var done: Set<String> = []
    private var script: [String] = ["const modules = {};"]

    init(_ files: [PageFile]) {
        self.files = Dictionary(files.filter { $0.name.hasSuffix(".js") }.map { ($0.name, $0.text) }) { $1 }
    }

    /// The script that does what the module of a name does.
    static func script(from name: String, _ files: [PageFile]) -> String {
        var modules = PageModules(files)
        modules.add(name)
        return modules.script.joined(separator: "\n") + "\n"
    }

    private mutating func add(_ name: String) {
        guard done.insert(name).inserted, let text = files[name] else { return }
        let module = PageModules.read(text)
        for item in module.imports { add(item.from) }
        script.append("{ // \(name)")
        for item in module.imports where !item.names.isEmpty {
            script.append("const {\(item.names.replacing(" as ", with: ": "))} = modules[\"\(item.from)\"];")
        }
        script += module.body
        script.append("modules[\"\(name)\"] = {\(module.exports.joined(separator: ", "))};")
        script.append("}")
    }

    private static func read(_ text: String) -> Module {
        var module = Module()
        var statement: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if statement != nil || line.hasPrefix("import ") {
                let whole = (statement.map { $0 + " " } ?? "") + line
                statement = line.hasSuffix(";") ? nil : whole
                if statement == nil, let item = importing(whole) { module.imports.append(item) }
            } else if line.hasPrefix("export {") {
                module.exports += names(line)
            } else if line.hasPrefix("export ") {
                let rest = line.dropFirst("export ".count)
                module.body.append(String(rest))
                if let name = declared(rest) { module.exports.append(name) }
            } else {
                module.body.append(line)
            }
        }
        return module
    }

    /// `import { a, b as c } from "./file.js";`
    private static func importing(_ statement: String) -> (names: String, from: String)? {
        let quoted = statement.split(whereSeparator: { $0 == "\"" || $0 == "'" })
        guard let file = quoted.first(where: { $0.hasPrefix("./") }) else { return nil }
        return (names(statement).joined(separator: ", "), String(file.dropFirst(2)))
    }

    /// What stands between the first braces.
    private static func names(_ statement: String) -> [String] {
        guard let start = statement.firstIndex(of: "{"), let end = statement.firstIndex(of: "}"), start < end else {
            return []
        }
        return statement[statement.index(after: start)..<end].split(separator: ",").map { name in
            name.split(separator: " ").joined(separator: " ")
        }.filter { !$0.isEmpty }
    }

    /// The name that a declaration gives: `async function name(`, `class Name {`, `const name =`.
    private static func declared(_ line: Substring) -> String? {
        let words = line.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "$") })
        return words.first { !["async", "function", "class", "const", "let"].contains($0) }.map(String.init)
    }
}
