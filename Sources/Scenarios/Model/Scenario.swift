// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// A story with checks: what to bring up, what to do, and what must be true; a document `apiVersion: lab/v1, kind: Scenario`.
public struct Scenario: Sendable, Equatable {
    /// `metadata.name`.
    public var name: String
    /// `spec.title`, or the name.
    public var title: String
    /// `spec.description`: prose in Markdown; empty if there is none.
    public var description = ""
    /// `spec.manifests`: further files with objects, relative to the scenario's own file.
    public var manifests: [String] = []
    /// `spec.lab`: fields of a Lab document's `spec`, which go over those of the input's own Lab document.
    public var lab: Fields = [:]
    /// `spec.modes`: in which proxy modes it runs.
    public var modes: [LabConfiguration.ProxyMode] = [.nftables, .iptables]
    /// `spec.requires`: without which it is skipped.
    public var requires: [Requirement] = []
    /// `spec.timeout`: how long all steps may take together.
    public var timeout: Duration = .seconds(60)
    /// `spec.steps`, in order.
    public var steps: [Step] = []
    /// Where the document stands.
    public var place: Place

    /// What a machine must have for a scenario to run.
    public enum Requirement: String, Sendable, Hashable, CaseIterable {
        /// Delays and losses on links (`tc netem`).
        case netem
        /// IPv6 in the kernel.
        case ipv6
        /// The `iptables` commands.
        case iptables
        /// `iptables-legacy`.
        case legacy
        /// Root on the machine, not only in a user namespace.
        case root
        /// The program `tcpdump`.
        case tcpdump
        /// The program `kubectl`.
        case kubectl
        /// The program `curl`.
        case curl
        /// A cgroup of its own, for Pods that are frozen.
        case cgroup
        /// The table of connections (nf_conntrack).
        case conntrack
    }

    /// One step: at most one action, and what must hold then.
    public struct Step: Sendable, Equatable {
        /// `title`, or one that is made from the action.
        public var title: String
        /// `note`: prose for the story; empty if there is none.
        public var note = ""
        /// What is done; nil for a step that only looks.
        public var action: Action?
        /// `within`: checks are tried again until all hold, at most so long; for `wait` and `rollout`, how long they may
        /// take.
        public var within: Duration?
        /// `for`: checks are tried again for so long (once they hold, if there is a `within`), and must hold each time.
        public var holding: Duration?
        /// `expect`.
        public var checks: [Check] = []
        /// Where the step stands.
        public var place: Place
    }
}
