// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux

/// What scenarios ask of the machine.
enum MachineAbilities {
    /// How many processors there are.
    static var processors: Int {
        let text = (try? File.read("/sys/devices/system/cpu/online")) ?? "0"
        return text.split(whereSeparator: \.isNewline).joined().split(separator: ",").reduce(0) { sum, part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            return sum + (ends.count == 2 ? ends[1] - ends[0] + 1 : 1)
        }
    }

    /// What the machine lacks for a scenario; nil if it has all.
    static func lacking(for scenario: Scenario, _ mode: LabConfiguration.ProxyMode) -> String? {
        if mode == .iptables, IPTablesVariant.preferred == nil {
            return IPTablesVariant.nft.lacking() ?? "no iptables works here"
        }
        return scenario.requires.lazy.compactMap { lacking($0) }.first
    }

    private static func lacking(_ requirement: Scenario.Requirement) -> String? {
        switch requirement {
        case .ipv6: return File.exists("/proc/sys/net/ipv6") ? nil : "this kernel lacks IPv6 (ipv6.disable=1?)"
        case .iptables: return IPTablesVariant.preferred == nil ? "this machine lacks an iptables that works" : nil
        case .legacy: return IPTablesVariant.legacy.lacking().map { "iptables-legacy does not work here: \($0)" }
        case .root: return UserSession.isEntered ? "this takes root on the machine, not only in a user namespace" : nil
        case .tcpdump, .kubectl, .curl:
            let name = requirement.rawValue
            return hasProgram(name) ? nil : "this machine lacks the program \(name)"
        case .cgroup: return Cgroup.root == nil ? "this machine lacks a cgroup that could be used (version 2)" : nil
        case .conntrack:
            return File.exists("/proc/sys/net/netfilter") ? nil : "this kernel lacks connection tracking (nf_conntrack)"
        case .netem:
            // How packets are delayed is the lab's business; whether it can is known when it is asked to.
            return nil
        }
    }

    private static func hasProgram(_ name: String) -> Bool {
        (Program.environment("PATH") ?? "").split(separator: ":").contains { File.isExecutable("\($0)/\(name)") }
    }
}
