// SPDX-License-Identifier: Apache-2.0
internal import Linux
internal import Synchronization

/// The file systems that containers start from: the plain one, and one for each set of mount points that the machine
/// lacks. Containers of one Deployment lack the same, so that few are made.
final class RootTemplates: Sendable {
    private let plain: RootTemplate
    private let made = Mutex<[Set<RootEntry>: RootTemplate]>([:])

    /// So many are kept; a container that runs does not need its own any more.
    private static let limit = 64

    init(_ plain: RootTemplate) { self.plain = plain }

    /// The file system with these entries beside the machine's files.
    func template(with entries: Set<RootEntry>) throws(KernelError) -> RootTemplate {
        if entries.isEmpty { return plain }
        if let template = made.withLock({ $0[entries] }) { return template }
        let template = try RootTemplate.create(with: entries)
        made.withLock { made in
            if made.count >= RootTemplates.limit { made = [:] }
            made[entries] = template
        }
        return template
    }
}
