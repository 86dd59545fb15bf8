// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension ScenarioReport {
    /// JUnit's XML, as CI systems read it: a suite a run, a case a step.
    public var jUnit: String {
        let suites = results.map(\.suite)
        let totals = suites.reduce(into: (tests: 0, failures: 0, errors: 0, skipped: 0)) { sum, suite in
            sum.tests += suite.cases
            sum.failures += suite.failures
            sum.errors += suite.errors
            sum.skipped += suite.skipped
        }
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites name=\"lab test\" tests=\"\(totals.tests)\" failures=\"\(totals.failures)\""
        text += " errors=\"\(totals.errors)\" skipped=\"\(totals.skipped)\" time=\"\(time.decimalSeconds)\">\n"
        text += suites.map(\.text).joined()
        return text + "</testsuites>\n"
    }
}

/// One run in XML, with its numbers.
private struct Suite {
    var text = ""
    var cases = 0
    var failures = 0
    var errors = 0
    var skipped = 0
}

extension ScenarioResult {
    fileprivate var suite: Suite {
        var suite = Suite()
        var cases = ""
        for step in steps {
            suite.cases += 1
            if !step.isPassed { suite.failures += 1 }
            cases += step.testCase(in: className)
        }
        for step in unreached {
            suite.cases += 1
            suite.skipped += 1
            let name = XML.attribute("\(step.number) \(step.title)")
            cases += "    <testcase classname=\"\(XML.attribute(className))\" name=\"\(name)\" time=\"0.000\">"
            cases += "<skipped message=\"not reached\"/></testcase>\n"
        }
        if !verdict.reason.isEmpty {
            // A run without steps would not be seen.
            suite.cases += 1
            let isSkipped = verdict.word == "skipped"
            if isSkipped { suite.skipped += 1 } else { suite.errors += 1 }
            let element = isSkipped ? "skipped" : "error"
            cases +=
                "    <testcase classname=\"\(XML.attribute(className))\" name=\"\(XML.attribute(title))\" time=\"0.000\">"
            cases += "<\(element) message=\"\(XML.attribute(verdict.reason))\"/></testcase>\n"
        }
        suite.text =
            "  <testsuite name=\"\(XML.attribute(label))\" tests=\"\(suite.cases)\" failures=\"\(suite.failures)\""
            + " errors=\"\(suite.errors)\" skipped=\"\(suite.skipped)\" time=\"\(time.decimalSeconds)\""
            + " file=\"\(XML.attribute(place.file))\">\n" + properties + cases + "  </testsuite>\n"
        return suite
    }

    private var className: String { "\(name).\(mode.rawValue)\(round.map { ".\($0)" } ?? "")" }

    private var properties: String {
        var all = ["title": title, "mode": mode.rawValue, "place": place.description]
        if let seed { all["seed"] = String(seed) }
        let lines = all.sorted { $0.key < $1.key }.map { name, value in
            "      <property name=\"\(name)\" value=\"\(XML.attribute(value))\"/>\n"
        }
        return "    <properties>\n\(lines.joined())    </properties>\n"
    }
}

extension StepResult {
    fileprivate func testCase(in className: String) -> String {
        let name = "\(number) \(title)"
        let head = "    <testcase classname=\"\(XML.attribute(className))\" name=\"\(XML.attribute(name))\""
        let start =
            "\(head) time=\"\(time.decimalSeconds)\" file=\"\(XML.attribute(place.file))\" line=\"\(place.position.line)\""
        guard let first = failures.first else { return "\(start)/>\n" }
        let body = failures.map { "\($0)\($0.place.map { " (\($0))" } ?? "")" }.joined(separator: "\n")
        var text = "\(start)>\n      <failure message=\"\(XML.attribute(first.description))\" type=\"check\">"
        text += "\(XML.text(body))</failure>\n"
        if !evidence.isEmpty {
            let blocks = evidence.map { "\($0.title)\n\($0.text.indented(by: 2))" }.joined(separator: "\n\n")
            text += "      <system-out>\(XML.text(blocks))</system-out>\n"
        }
        return text + "    </testcase>\n"
    }
}

/// Texts as XML 1.0 has them.
enum XML {
    /// Between tags.
    static func text(_ text: String) -> String { escape(text, isAttribute: false) }
    /// In double quotes.
    static func attribute(_ text: String) -> String { escape(text, isAttribute: true) }

    private static func escape(_ text: String, isAttribute: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"" where isAttribute: escaped += "&quot;"
            case "\n" where isAttribute: escaped += "&#10;"
            case "\t" where isAttribute: escaped += "&#9;"
            case "\r": escaped += "&#13;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            // What XML 1.0 cannot say at all.
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
