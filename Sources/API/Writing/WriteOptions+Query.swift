// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension WriteOptions {
    /// The options of a write, from the query of its request.
    /// - Parameter kind: Go's type for them, as `CreateOptions`, which errors name.
    init(_ call: Call, _ kind: String) throws(Status) {
        self.init()
        var problems: [Problem] = []
        isDryRun = call.request.isDryRun(&problems)
        if let word = call.request.parameter("fieldValidation"), !word.isEmpty {
            if let known = FieldValidation(rawValue: word) {
                fieldValidation = known
            } else {
                problems.append(
                    Problem(
                        "fieldValidation", .notSupported, value: "\"\(word)\"",
                        #"supported values: "", "Ignore", "Strict", "Warn""#))
            }
        }
        let manager = call.request.parameter("fieldManager") ?? ""
        problems += Self.problems(manager: manager)
        fieldManager = manager.isEmpty ? call.userAgent : manager
        guard problems.isEmpty else { throw .invalidOptions(kind, problems) }
    }

    private static func problems(manager: String) -> [Problem] {
        if manager.utf8.count > 128 {
            return [Problem("fieldManager", .tooLong, "may not be more than 128 bytes")]
        }
        let isPrintable = manager.unicodeScalars.allSatisfy {
            $0.value >= 0x20 && $0.value != 0x7f && !(0x80..<0xa0).contains($0.value)
        }
        if isPrintable { return [] }
        return [Problem("fieldManager", .invalid, value: "\"\(manager)\"", "should only contain printable characters")]
    }
}

extension Request {
    /// `dryRun`, which may be nothing but `All`.
    func isDryRun(_ problems: inout [Problem]) -> Bool {
        let words = parameters("dryRun").filter { !$0.isEmpty }
        guard words.contains(where: { $0 != "All" }) else { return !words.isEmpty }
        let list = words.map { "\"\($0)\"" }.joined(separator: ",")
        problems.append(Problem("dryRun", .notSupported, value: "[\(list)]", #"supported values: "All""#))
        return true
    }
}
