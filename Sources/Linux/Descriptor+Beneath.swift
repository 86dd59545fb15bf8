// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

extension Descriptor {
    /// Opens what is at a path below a folder, so that it can be named: links in it lead nowhere else, whoever made them.
    /// The corresponding C flag is `RESOLVE_IN_ROOT` of `openat2`.
    /// - Parameter makesFolders: whether folders of the path that are not there are made.
    public static func open(
        _ path: String, beneath folder: String, makesFolders: Bool = true
    ) throws(KernelError) -> Descriptor {
        let root = try Descriptor.openPath(folder)
        let raw = root.raw
        let operation = "opening \(path) in \(folder)"
        do throws(KernelError) {
            return Descriptor(
                owning: try checkNegated(operation, "openat2") { unsafe lab_open_beneath(raw, path) })
        } catch {
            guard makesFolders, error.errno == .noEntry else { throw error }
        }
        _ = try checkNegated(operation, "mkdirat") { unsafe lab_make_beneath(raw, path) }
        return Descriptor(owning: try checkNegated(operation, "openat2") { unsafe lab_open_beneath(raw, path) })
    }
}
