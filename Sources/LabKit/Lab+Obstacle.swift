// SPDX-License-Identifier: Apache-2.0
internal import Linux

extension Lab {
    /// Why no lab can be brought up by this program here; nil if one can. For `.enabled(if: Lab.obstacle == nil)`.
    public static var obstacle: String? {
        guard Program.isRoot else {
            return "a lab takes root: run the tests with sudo, or without root by lab run FILE -- swift test"
        }
        do {
            let program = try LabSettings().daemonProgram()
            return File.isExecutable(program) ? nil : "\(program) is no program; build it with scripts/build"
        } catch {
            return "\(error)"
        }
    }
}
