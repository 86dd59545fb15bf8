// SPDX-License-Identifier: Apache-2.0

/// The version of the program.
public enum LabVersion {
    /// As `lab --version` prints it.
    public static let text = "0.1.0"
}
