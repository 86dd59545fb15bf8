// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The terminal of this program, all of which it draws: keys come as they are pressed. It is as it was when this value
/// goes, or when a signal ends the program. The corresponding C functions are `tcgetattr` and `tcsetattr`.
public struct ScreenTerminal: ~Copyable {
    /// True if standard input and output are a terminal that can be drawn on.
    public static var isThere: Bool {
        Program.isTerminal(0) && Program.isTerminal(1) && Program.environment("TERM") != "dumb"
    }

    /// Takes the terminal over.
    public init() throws(KernelError) {
        _ = try checkNegated("taking over the terminal", "tcsetattr") { lab_terminal_begin() }
    }

    deinit { lab_terminal_end() }

    /// How many columns and rows there are now; 80 and 24 where nobody knows.
    public borrowing func size() -> (columns: Int, rows: Int) {
        var columns: Int32 = 0
        var rows: Int32 = 0
        guard unsafe lab_terminal_size(&columns, &rows) == 0, columns > 0, rows > 0 else { return (80, 24) }
        return (Int(columns), Int(rows))
    }

    /// Waits for keys; gives none when the time, in milliseconds, is over, and nil when the terminal is gone.
    public borrowing func keys(milliseconds: Int) -> [UInt8]? {
        var entry = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        // A window of another size ends the wait, too.
        guard unsafe poll(&entry, 1, Int32(clamping: milliseconds)) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = unsafe read(0, &bytes, bytes.count)
        if count > 0 { return Array(bytes[..<count]) }
        return count < 0 && (errno == EINTR || errno == EAGAIN) ? [] : nil
    }

    /// Draws lines from the first row on, and clears what is below.
    public borrowing func draw(_ lines: [String]) {
        Program.write(1, "\u{1b}[H" + lines.map { $0 + "\u{1b}[K" }.joined(separator: "\r\n") + "\u{1b}[J")
    }
}
