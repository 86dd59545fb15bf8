// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Linux

/// The file of a lab's state: a snapshot, and a record of each change after it.
///
/// What was written is in the kernel, and outlives the program. When the records are several times the snapshot, a new snapshot
/// takes the file's place at one stroke.
struct StateFile: Sendable {
    /// What is worth telling of a write.
    enum News: Sendable {
        case failed(String)
        case recovered
    }

    private let path: String
    private var image: StateImage
    private var file: SharedDescriptor?
    private var size = 0
    /// From this size on a new snapshot is worth its price.
    private var limit = 0
    /// True after a write that failed: the file lacks something, and only a new snapshot helps.
    private(set) var hasFailed = false

    private static let smallest = 1 << 20
    private static let longest = 1 << 20
    private static let growth = 4

    /// The file at a path, which is made by the first `write`.
    /// - Parameter image: what is kept by now.
    init(_ path: String, _ image: StateImage) {
        self.path = path
        self.image = image
    }

    /// Takes changes in and writes them. After an error the next call writes all that is kept.
    /// - Returns: that it did not succeed, the first time, or that it does again.
    mutating func write(_ changes: [StateChange]) -> News? {
        let record = image.record(changes, limit: room)
        let failedBefore = hasFailed
        do throws(KernelError) {
            if let file, let record, !hasFailed {
                if !record.isEmpty { try File.writeAll(file.raw, record, path) }
                size += record.count
            } else if hasFailed || record?.isEmpty != true {
                try writeSnapshot()
            }
            return failedBefore ? .recovered : nil
        } catch {
            hasFailed = true
            return failedBefore ? nil : .failed(error.description)
        }
    }

    /// So long a record may be: what comes of a whole manifest takes less memory as a snapshot, which is written in pieces.
    private var room: Int { file == nil || hasFailed ? 0 : min(limit - size, StateFile.longest) }

    private mutating func writeSnapshot() throws(KernelError) {
        let new = path + ".new"
        var count = 0
        do throws(KernelError) {
            try File.write(new, mode: 0o600) { write throws(KernelError) in
                try image.writeSnapshot { piece throws(KernelError) in
                    try write(piece)
                    count += piece.count
                }
            }
            try File.rename(new, to: path)
        } catch {
            try? File.remove(new)
            throw error
        }
        file = try LogFile.open(path)
        size = count
        limit = max(StateFile.growth * size, StateFile.smallest)
        hasFailed = false
    }
}
