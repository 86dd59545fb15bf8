// SPDX-License-Identifier: Apache-2.0
import Testing

/// All tests that bring labs up: one after another, for some look at the whole host before and after.
@Suite(.serialized, .enabled(if: LabProgram.missing == nil, "labs need \(LabProgram.missing ?? "")"))
struct LabSuites {}
