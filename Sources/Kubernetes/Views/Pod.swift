// SPDX-License-Identifier: Apache-2.0

public import Net

/// Where a Pod is in its life. The corresponding field is `status.phase`.
public enum PodPhase: String, Sendable, Hashable, CaseIterable {
    case pending = "Pending"
    case running = "Running"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case unknown = "Unknown"
}

/// When the containers of a Pod are started again. The corresponding field is `spec.restartPolicy`.
public enum RestartPolicy: String, Sendable, Hashable, CaseIterable {
    case always = "Always"
    case onFailure = "OnFailure"
    case never = "Never"
}

/// One entry of `spec.hostAliases`: more names for an address in the Pod's `/etc/hosts`.
public struct HostAlias: Sendable, Hashable {
    /// The address.
    public let address: Address
    /// The names that stand for it in the Pod's `/etc/hosts`.
    public let hostnames: [String]
}

/// A reading of a Pod.
public struct Pod: ObjectView {
    /// The object that is read.
    public let object: Object

    /// Reads an object of the kind.
    public init(_ object: Object) { self.object = object }

    /// Who is to choose the node; `default-scheduler` if the Pod does not say.
    public var schedulerName: String {
        guard let name = field("schedulerName")?.string, !name.isEmpty else { return "default-scheduler" }
        return name
    }

    /// The node that the Pod is bound to; nil before it is scheduled.
    public var nodeName: String? {
        guard let name = field("nodeName")?.string, !name.isEmpty else { return nil }
        return name
    }

    /// `spec.hostNetwork`: the Pod is on its node's network.
    public var isHostNetwork: Bool { flag("hostNetwork") }
    /// `spec.containers`.
    public var containers: [Container] { field("containers")?.elements.map { Container($0) } ?? [] }
    /// Puts one together from its parts.
    public var initContainers: [Container] {
        field("initContainers")?.elements.map { Container($0, isInit: true) } ?? []
    }

    /// `status.phase`; pending if it was never written.
    public var phase: PodPhase {
        guard let phase = statusField("phase")?.string, !phase.isEmpty else { return .pending }
        return PodPhase(rawValue: phase) ?? .unknown
    }

    /// True once the Pod has ended for good: it succeeded or failed.
    public var isFinished: Bool { phase == .succeeded || phase == .failed }

    /// `status.podIP`.
    public var address: Address? { statusField("podIP")?.address }
    /// `status.podIPs`, one a family, that of the primary family first; `status.podIP` alone if they do not agree.
    public var addresses: [Address] {
        guard let first = address else { return [] }
        let all = statusField("podIPs")?.elements.compactMap { $0["ip"]?.address } ?? []
        return all.first == first ? all : [first]
    }

    /// `status.hostIP`.
    public var hostAddress: Address? { statusField("hostIP")?.address }
    /// True if the condition `Ready` is `True`.
    public var isReady: Bool { object.condition("Ready")?.status == .true }

    /// `spec.restartPolicy`.
    public var restartPolicy: RestartPolicy { RestartPolicy(rawValue: text("restartPolicy")) ?? .always }
    /// How long the containers may take to end after SIGTERM, in seconds.
    public var terminationGracePeriodSeconds: Int { number("terminationGracePeriodSeconds", or: 30).boundedSeconds }
    /// `spec.hostname`; empty if the Pod's name serves.
    public var hostname: String { text("hostname") }
    /// `spec.subdomain`; empty if there is none.
    public var subdomain: String { text("subdomain") }
    /// `spec.nodeSelector`: labels that its node must have.
    public var nodeSelector: [String: String] { field("nodeSelector")?.strings ?? [:] }
    /// `spec.serviceAccountName`.
    public var serviceAccountName: String { text("serviceAccountName") }
    /// `ClusterFirst`, `ClusterFirstWithHostNet`, `Default` or `None`.
    public var dnsPolicy: String { field("dnsPolicy")?.string ?? "ClusterFirst" }

    /// `spec.enableServiceLinks`: whether its containers get variables of its namespace's Services; true if unset.
    public var hasServiceLinks: Bool { field("enableServiceLinks")?.bool ?? true }

    /// `spec.hostAliases`.
    public var hostAliases: [HostAlias] {
        (field("hostAliases")?.elements ?? []).compactMap { entry in
            entry["ip"]?.address.map {
                HostAlias(address: $0, hostnames: entry["hostnames"]?.elements.compactMap(\.string) ?? [])
            }
        }
    }
}
