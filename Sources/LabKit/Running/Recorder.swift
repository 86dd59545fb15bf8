// SPDX-License-Identifier: Apache-2.0
internal import Linux
internal import Synchronization

/// Listens where traffic comes from, and remembers what last failed; files are written only when somebody asks why.
final class Recorder: Sendable {
    /// The last check that did not hold, and what it looked at.
    struct Failed: Sendable {
        var check: Check
        var action: Action?
        var observation: Observation
    }

    /// Where files go; nil for nowhere.
    let folder: String?
    /// What the files' names begin with.
    let prefix: String
    private let captures = Mutex<[String: PacketCapture]>([:])
    private let failed = Mutex<Failed?>(nil)

    init(folder: String?, prefix: String) {
        self.folder = folder
        self.prefix = prefix
    }

    /// Listens in a place from now on, unless it does already.
    func watch(_ lab: Lab, _ location: Location) async {
        guard folder != nil, let name = try? await lab.name(of: location), captures.withLock({ $0[name] == nil }),
            let place = try? await lab.locate(location),
            let capture = try? await Blocking.run({ try PacketCapture(in: place.namespace) })
        else { return }
        captures.withLock { $0[name] = capture }
    }

    func note(_ check: Check, _ action: Action?, _ observation: Observation) {
        failed.withLock { $0 = Failed(check: check, action: action, observation: observation) }
    }

    var lastFailed: Failed? { failed.withLock { $0 } }

    /// Writes what was heard in a place; gives the file's path, and how many packets are in it. Nil if there is nothing.
    func write(_ place: String, step: Int) async -> String? {
        guard let folder, let capture = captures.withLock({ $0[place] }) else { return nil }
        // The last packets may not have been read yet.
        try? await Task.sleep(for: .milliseconds(20))
        let name = place.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "-" }
        let path = "\(folder)/\(prefix)-step\(step)-\(String(name)).pcap"
        return try? await Blocking.run {
            try File.makeDirectory(folder)
            try File.write(path, bytes: capture.pcap())
            return "\(path) (\(capture.count) packets in all; read it with tcpdump -nr or Wireshark)"
        }
    }
}
