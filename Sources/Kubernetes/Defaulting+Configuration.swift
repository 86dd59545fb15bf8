// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// Fills in a Secret: `stringData` is for writing only, and goes into `data`. The corresponding Go function is
    /// `SetDefaults_Secret`.
    mutating func defaultSecret() {
        setDefault("type", "Opaque")
        for (name, text) in self["stringData"]?.strings ?? [:] {
            self["data", name] = .string(Base64.text(of: Array(text.utf8)))
        }
        self["stringData"] = nil
    }

    /// Fills in the spec of a CustomResourceDefinition.
    mutating func defaultDefinition() {
        guard let kind = self["names"]?["kind"]?.string else { return }
        changeField("names") { names in
            names.setDefault("singular", .string(kind.lowercased()))
            names.setDefault("listKind", .string("\(kind)List"))
        }
        if self["conversion"].isNullOrMissing { self["conversion"] = ["strategy": "None"] }
    }
}
