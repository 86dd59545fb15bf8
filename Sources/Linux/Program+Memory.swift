// SPDX-License-Identifier: Apache-2.0
internal import CLinux

extension Program {
    /// Gives the machine back what large work has left behind: the C library keeps memory that was freed, for the next
    /// work of that size. Takes some milliseconds for each hundred megabytes. The corresponding C function is `malloc_trim`.
    public static func giveBackMemory() { lab_trim_memory() }
}
