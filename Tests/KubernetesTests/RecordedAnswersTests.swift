// SPDX-License-Identifier: Apache-2.0

import Foundation
import Kubernetes
import Testing

@Suite struct RecordedAnswersTests {
    @Test func `the recorded answers are there`() {
        #expect(RecordedAnswer.creations.count > 120)
        #expect(RecordedAnswer.updates.count > 5)
    }

    @Test(arguments: RecordedAnswer.creations)
    func `D1-D16 creating an object is answered as a real API server answers`(_ answer: RecordedAnswer) {
        let object = answer.body.defaulted()
        let problems = object.problems(isStrict: false)
        switch answer.code {
        case 201:
            #expect(problems.map(\.description) == [])
            let unknown = object.unknownFields().map(\.description)
            #expect(object.warnings() + unknown == answer.warnings)
            // Objects here keep the fields that nobody knows; a real API server drops them.
            if unknown.isEmpty { #expect(comparable(object) == answer.response.map { comparable($0) }) }
        case 422 where !RecordedAnswer.otherWords.contains(answer.name):
            #expect(Refusal.message(object, problems) == answer.message)
        default: #expect(!problems.isEmpty)
        }
    }

    @Test(arguments: RecordedAnswer.updates)
    func `D9-D12 writing an object over another is answered as a real API server answers`(_ answer: RecordedAnswer) {
        let object = answer.body.defaulted()
        let earlier = RecordedAnswer.all.prefix { $0.name != answer.name }
        let old = earlier.last { $0.response?.key == Object(answer.body.value).key && $0.code < 300 }?.response
        let problems = object.problems(replacing: old, isStrict: false)
        #expect(problems.isEmpty == (answer.code < 300), "\(problems)")
    }

    /// An object without what only a running cluster adds.
    private func comparable(_ object: Object) -> Value {
        var value = object.value
        value["status"] = nil
        value["metadata", "namespace"] = nil
        value["metadata", "generation"] = nil
        if object.generatedName != nil { value["metadata"] = nil }
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"]
        where object.kind == "Service" {
            value["spec", field] = nil
        }
        // Which family a list of no endpoints or ports is, Go's `null` does not say.
        for field in ["endpoints", "ports"] where value[field]?.elements.isEmpty ?? true { value[field] = nil }
        value = value.without(["nodePort"])
        if object.kind == "Pod" {
            // The service account's token, and amounts in their shortest form.
            value["spec", "volumes"] = nil
            value = value.without(["volumeMounts", "resources"])
        }
        return value
    }
}

extension Object {
    /// Objects with a generated name are compared without it.
    fileprivate var generatedName: String? { value["metadata", "generateName"]?.string }
}

extension Value {
    fileprivate func without(_ names: Set<String>) -> Value {
        switch self {
        case .array(let elements): .array(elements.map { $0.without(names) })
        case .object(let fields):
            .object(fields.filter { !names.contains($0.key) }.mapValues { $0.without(names) })
        default: self
        }
    }
}
