// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// File systems in memory at a folder of the machine's.
public enum MountPoint {
    /// Mounts an empty tmpfs. The corresponding C function is `mount`.
    /// - Parameter options: tmpfs' own, as `size=64m,mode=755`.
    public static func mountTemporary(at path: String, options: String) throws(KernelError) {
        // MS_NOSUID and MS_NODEV.
        _ = try checkNegated("mounting a tmpfs at \(path)", "mount") { unsafe lab_mount("tmpfs", path, 2 | 4, options) }
    }

    /// Takes away what is mounted at the path, once no one uses it any more; nothing there is fine.
    /// The corresponding C call is `umount2(MNT_DETACH)`.
    public static func unmount(_ path: String) throws(KernelError) {
        do throws(KernelError) {
            // MNT_DETACH.
            _ = try check("unmounting \(path)", "umount2") { unsafe umount2(path, 2) }
        } catch  where error.errno == .invalid || error.errno == .noEntry {
        }
    }
}
