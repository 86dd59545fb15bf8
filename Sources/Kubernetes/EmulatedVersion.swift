// SPDX-License-Identifier: Apache-2.0

/// The version of Kubernetes that a lab behaves as.
public enum EmulatedVersion {
    /// The first number.
    public static let major = 1
    /// The second number.
    public static let minor = 36
    /// All of it, as `v1.36.0`.
    public static let text = "v\(major).\(minor).0"
}
