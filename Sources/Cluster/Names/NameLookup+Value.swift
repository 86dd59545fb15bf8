// SPDX-License-Identifier: Apache-2.0
internal import DNS
public import Kubernetes

extension NameLookup {
    /// The look-up for programs, and for those who print it.
    ///
    /// `{place, servers, search, options, order, unreached, passedOver, steps: [{name, asked, answers: [{type, code, records, servers,
    /// why}]}], records}`; a record is the text `NAME TTL IN TYPE DATA`.
    public var value: Value {
        [
            "place": .string(place), "servers": .array(resolver.servers.map { .string("\($0)") }),
            "search": .array(resolver.search.map { .string($0) }),
            "options": .array(resolver.options.map { .string($0) }), "order": .string(order),
            "unreached": unreached.map { .string($0) } ?? .null,
            "passedOver": .array(passedOver.map { .string("\($0)") }),
            "steps": .array(
                steps.map { step in
                    [
                        "name": .string(step.name.description), "asked": .bool(step.isAsked),
                        "answers": .array(step.answers.map(\.value)),
                    ]
                }), "records": .array(records.map { .string($0.description) }),
        ]
    }
}

extension NameExplanation {
    fileprivate var value: Value {
        [
            "type": .string("\(query.type)"), "code": .string("\(code)"),
            "records": .array(records.map { .string($0.description) }),
            "data": .array(records.map { .string("\($0.data)") }),
            "servers": .array(servers.map { .string("\($0)") }), "why": .string(why),
        ]
    }
}
