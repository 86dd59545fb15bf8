// SPDX-License-Identifier: Apache-2.0
internal import Linux

/// The responder of one system beyond the edge, and how it fares.
struct OutsideProgram {
    /// The running process; nil while there is none.
    var process: ChildProcess?
    /// When it started, in the milliseconds of the machine's clock.
    var started = 0.0
    /// How often in a row it has ended soon after its start.
    var failures = 0

    /// One that runs so long, in milliseconds, has started well.
    private static let soon = 10_000.0
    private static let shortestPause = 100
    private static let longestPause = 10_000

    /// True while a process runs.
    var isRunning: Bool { process != nil }

    /// Notes a start.
    mutating func begin(_ process: ChildProcess) {
        self.process = process
        started = Program.milliseconds()
    }

    /// Notes an end; gives how long to wait before the next start, in milliseconds: longer each time that it fails soon.
    mutating func end() -> Int {
        process = nil
        failures = Program.milliseconds() - started < OutsideProgram.soon ? failures + 1 : 0
        return min(OutsideProgram.shortestPause << min(max(failures - 1, 0), 10), OutsideProgram.longestPause)
    }
}
