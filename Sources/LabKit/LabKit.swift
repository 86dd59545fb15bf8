// SPDX-License-Identifier: Apache-2.0

// What requests and their replies are is said once, for scenario files and for tests: whoever has LabKit has it.
@_exported public import Scenarios
