// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TextForm {
    /// The text as JSON schema describes it.
    var schema: Value {
        var schema: Value = ["type": "string"]
        if let pattern { schema["pattern"] = .string(pattern) }
        if let format { schema["format"] = .string(format) }
        return schema
    }

    private var format: String? { self == .pattern ? "regex" : nil }

    /// A regular expression (ECMA 262) that all such texts match, and few others; nil where there is none.
    private var pattern: String? {
        let number = "[0-9]+(\\.[0-9]+)?"
        return switch self {
        case .any: nil
        case .filled, .pattern, .template, .selector: "^[\\s\\S]"
        case .name: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
        case .duration: "^(?=.*[1-9])(\(number)(h|m|s|ms|us))+$"
        case .durationOrZero: "^(0|(\(number)(h|m|s|ms|us))+)$"
        case .rate: "^\(number) ?/ ?(s|m)$"
        case .percentage: "^(100(\\.0+)?|[0-9]{1,2}(\\.[0-9]+)?)%$"
        case .comparison: "^(>=|<=|==|!=|>|<) *-?\(number)$"
        case .jsonPath: "^(\\{.+\\}|[^{}]+|[^{}].*[^{}])$"
        case .kind: "^[A-Za-z][-A-Za-z0-9.]*$"
        case .object: "^[A-Za-z][-A-Za-z0-9.]*/([-a-z0-9.]+/)?[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$"
        case .location: "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/){0,2}[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
        case .url: "^https?://[^/?#\\s]+(/\\S*|\\?\\S*)?$"
        case .hostPort: "^\\S+:([0-9]+|[a-z0-9-]+|\\$\\{.+\\})$|^\\$\\{[^}]+\\}$"
        case .source: "^\\S+$"
        case .condition: "^[A-Za-z][-A-Za-z0-9._/]*(=[A-Za-z]+)?$"
        case .hostname: "^(\\*\\.)?[A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9_])?\\.?$"
        }
    }

    /// What it is, for the reference and for a sentence about another type.
    var words: String {
        switch self {
        case .any, .filled: "a text"
        case .name: "a name"
        case .duration, .durationOrZero: "a time (`250ms`, `3s`, `2m`)"
        case .rate: "so many a second (`200/s`)"
        case .percentage: "a percentage (`90%`)"
        case .comparison: "a comparison (`\">= 1\"`)"
        case .pattern: "a regular expression"
        case .jsonPath: "a JSONPath (`{.status.phase}`)"
        case .selector: "a selector (`app=web`)"
        case .kind: "a kind (`pods`)"
        case .object: "an object (`service/web`)"
        case .location: "a place (`host`, `node-1`, `pod/web-1`)"
        case .url: "a URL (`http://web/`)"
        case .hostPort: "a host and port (`web:53`)"
        case .template: "a text with substitutions"
        case .source: "`client`, `node`, an address, a range or a place"
        case .condition: "a condition (`Ready`)"
        case .hostname: "a name of DNS"
        }
    }
}
