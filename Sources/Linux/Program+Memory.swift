// SPDX-License-Identifier: Apache-2.0
internal import CLinux

extension Program {
    /// Gives the machine back what large work has left behind: the C library keeps memory that was freed, for the next
    /// work of that size. Takes some milliseconds for each hundred megabytes. The corresponding C function is `malloc_trim`.
    public static func giveBackMemory() { lab_trim_memory() }

    /// Has all threads take their memory from so many pools. By itself the C library gives each thread one of its own, and
    /// what is freed in one is of no use to the others. The corresponding C function is `mallopt` (`M_ARENA_MAX`).
    public static func shareMemory(pools: Int32) { lab_share_memory(pools) }
}
