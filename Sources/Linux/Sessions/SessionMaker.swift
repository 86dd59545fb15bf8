// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Makes a session: starts its holder, gives it users, and waits until its namespaces are there.
struct SessionMaker {
    private let session: UserSession

    init(_ session: UserSession) { self.session = session }

    func make() throws(KernelError) -> SessionRecord {
        var raw: Int32 = -1
        let pid = try checkNegated("making a session", "fork") {
            unsafe lab_session_begin(session.directory, CommandLine.unsafeArgv, CommandLine.argc, &raw)
        }
        let stream = Descriptor(owning: raw)
        do throws(KernelError) {
            try SessionMaker.hear(raw)
            try UserMap.own.give(to: pid)
            _ = try checkNegated("making a session", "write") { lab_session_go_on(raw) }
            try SessionMaker.hear(raw)
        } catch {
            // The end of the stream ends it; here it is only awaited.
            _ = stream.release()
            close(raw)
            var status: Int32 = 0
            unsafe waitpid(pid, &status, 0)
            throw error
        }
        defer { _ = stream }
        return SessionRecord(of: pid)
    }

    /// Waits for the next of the two stages.
    private static func hear(_ stream: Int32) throws(KernelError) {
        var news = lab_session_news()
        _ = try checkNegated("making a session", "read") { unsafe lab_session_hear(stream, &news) }
        guard news.error != 0 else { return }
        throw KernelError(text(of: news.step), call: text(of: news.call), Errno(rawValue: news.error))
    }

    private static func text<Characters>(of characters: Characters) -> String {
        unsafe withUnsafeBytes(of: characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
