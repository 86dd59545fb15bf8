// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// Fills in a whole Job. The corresponding Go function is `SetDefaults_Job`.
    mutating func defaultJob() {
        let labels = self["spec", "template", "metadata", "labels"] ?? [:]
        if !labels.fields.isEmpty, self["metadata", "labels"]?.fields.isEmpty ?? true {
            self["metadata", "labels"] = labels
        }
        changeField("spec") { spec in
            if spec["completions"].isNullOrMissing, spec["parallelism"].isNullOrMissing { spec["completions"] = 1 }
            spec.setDefault("parallelism", 1)
            // Failures of one index do not count for the others where each has a limit of its own.
            spec.setDefault("backoffLimit", spec["backoffLimitPerIndex"].isNullOrMissing ? 6 : 2_147_483_647)
            spec.setDefault("completionMode", "NonIndexed")
            spec.setDefault("suspend", false)
            spec.setDefault("manualSelector", false)
            let hasPolicy = !spec["podFailurePolicy"].isNullOrMissing
            spec.setDefault("podReplacementPolicy", hasPolicy ? "Failed" : "TerminatingOrFailed")
            spec.changeField("template") { $0.defaultTemplate() }
        }
    }

    /// Fills in the spec of a CronJob. The corresponding Go function is `SetDefaults_CronJob`.
    mutating func defaultCronJob() {
        setDefault("concurrencyPolicy", "Allow")
        setDefault("suspend", false)
        setDefault("successfulJobsHistoryLimit", 3)
        setDefault("failedJobsHistoryLimit", 1)
        changeField("jobTemplate") { template in
            template.changeField("spec") { spec in spec.changeField("template") { $0.defaultTemplate() } }
        }
    }
}

extension Object {
    /// Gives a new Job the selector and the labels that tell its Pods from those of others, by its uid; one that brings
    /// a selector of its own (`manualSelector`) keeps it. The corresponding Go function is `generateSelector`.
    public mutating func selectOwnPods() {
        guard spec["manualSelector"] != true else { return }
        let labels = [
            "batch.kubernetes.io/controller-uid": uid, "controller-uid": uid, "batch.kubernetes.io/job-name": name,
            "job-name": name,
        ]
        for (key, text) in labels { value["spec", "template", "metadata", "labels", key] = .string(text) }
        value["spec", "selector"] = ["matchLabels": ["batch.kubernetes.io/controller-uid": .string(uid)]]
    }
}
