// SPDX-License-Identifier: Apache-2.0

extension Validator {
    /// The corresponding Go functions are `ValidateJob` and `ValidateJobUpdate`.
    mutating func job(_ object: Object, replacing old: Object?) {
        let spec = object.value["spec"] ?? [:]
        jobSpec(spec, "spec")
        if old == nil, spec["manualSelector"] != true, !(spec["selector"]?["matchLabels"]?.fields.isEmpty ?? true) {
            invalid("spec.selector", spec["selector"], "selector not auto-generated")
        }
        if let old { jobChange(from: old, to: spec) }
    }

    private mutating func jobSpec(_ spec: Value, _ path: String) {
        for field in [
            "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
        ] { notNegative("\(path).\(field)", spec[field]) }
        oneOfIfSet("\(path).completionMode", spec["completionMode"], ["Indexed", "NonIndexed"])
        oneOfIfSet("\(path).podReplacementPolicy", spec["podReplacementPolicy"], ["Failed", "TerminatingOrFailed"])
        if spec["completionMode"] == "Indexed", spec["completions"].isNullOrMissing {
            required("\(path).completions", "when completion mode is Indexed")
        }
        let template = spec["template"] ?? [:]
        labels("\(path).template.metadata.labels", template["metadata"]?["labels"])
        annotations(template["metadata"]?["annotations"], "\(path).template.metadata.annotations")
        podSpec(template["spec"] ?? [:], "\(path).template.spec")
        let policy = template["spec"]?["restartPolicy"]
        if policy == "Always" { oneOf("\(path).template.spec.restartPolicy", policy, ["OnFailure", "Never"]) }
    }

    private mutating func jobChange(from old: Object, to new: Value) {
        let before = old.spec
        let isElastic =
            new["completionMode"] == "Indexed" && before["completionMode"] == "Indexed"
            && new["completions"] == new["parallelism"]
        if before["completions"] != new["completions"], !isElastic {
            invalid("spec.completions", new["completions"], "field is immutable")
        }
        // What Pods need to be scheduled may change as long as none was made.
        let isOpen = before["suspend"] == true && old.status["startTime"] == nil
        for field in ["selector", "template", "completionMode", "backoffLimitPerIndex"]
        where before[field] != new[field] && !(isOpen && field == "template") {
            invalid("spec.\(field)", new[field], "field is immutable")
        }
    }

    /// The corresponding Go function is `ValidateCronJobCreate`.
    mutating func cronJob(_ object: Object) {
        let spec = object.value["spec"] ?? [:]
        if object.name.utf8.count > 52 {
            invalid("metadata.name", .string(object.name), "must be no more than 52 characters")
        }
        let schedule = spec["schedule"]?.string ?? ""
        if schedule.isEmpty {
            required("spec.schedule")
        } else if schedule.contains("TZ") {
            invalid(
                "spec.schedule", .string(schedule), "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
        } else if CronSchedule(schedule) == nil {
            let fields = schedule.split(separator: " ")
            let fault =
                fields.count == 5
                ? "failed to parse the schedule"
                : "expected exactly 5 fields, found \(fields.count): [\(fields.joined(separator: " "))]"
            invalid("spec.schedule", .string(schedule), fault)
        }
        oneOf("spec.concurrencyPolicy", spec["concurrencyPolicy"], ["Allow", "Forbid", "Replace"])
        for field in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
            notNegative("spec.\(field)", spec[field])
        }
        jobSpec(spec["jobTemplate"]?["spec"] ?? [:], "spec.jobTemplate.spec")
    }
}
