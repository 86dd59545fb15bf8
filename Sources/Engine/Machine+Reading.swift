// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Linux

extension Machine {
    /// What the kernel and the distribution say of this computer; what cannot be read stays unknown.
    static func read() -> Machine {
        func text(_ path: String) -> String { (try? File.read(path)) ?? "" }
        func line(_ path: String) -> String { String(text(path).prefix { $0 != "\n" }) }
        var machine = Machine(
            osRelease: text("/etc/os-release"), processors: text("/sys/devices/system/cpu/online"),
            memory: text("/proc/meminfo"))
        machine.kernelVersion = line("/proc/sys/kernel/osrelease")
        machine.machineID = line("/etc/machine-id")
        machine.bootID = line("/proc/sys/kernel/random/boot_id")
        return machine
    }
}
