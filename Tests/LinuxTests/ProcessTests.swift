// SPDX-License-Identifier: Apache-2.0
import Glibc
import Linux
import Net
import Testing

@Suite(.needsRoot, .serialized) struct ProcessTests {
    @Test func `a plain child has the arguments, environment and working directory it was given, and nothing else`()
        throws
    {
        let finished = try Shell.run("echo $0 $1; pwd; env | sort; ls /proc/self/fd | tr '\\n' ' '; cat") {
            $0.arguments += ["name", "one two"]
            $0.environment = ["PATH=/bin:/usr/bin", "GREETING=hello there"]
            $0.directory = "/usr"
        }
        #expect(finished.status == .exited(0))
        // 0, 1, 2, and 3 for the folder that ls itself reads; cat finds nothing to read.
        #expect(finished.lines[..<2] == ["name one two", "/usr"])
        #expect(finished.lines.contains("GREETING=hello there"))
        #expect(finished.lines.last == "0 1 2 3 ")
        #expect(finished.lines.filter { $0.hasPrefix("LANG") || $0.hasPrefix("HOME") } == [])
    }

    @Test func `a bare name is looked for in the environment's own path`() throws {
        let folder = try Folder()
        var options = try Shell.options("", log: "\(folder.path)/log")
        options.program = .path("echo")
        options.arguments = ["found"]
        options.environment = ["PATH=/nowhere:/etc/hosts:/bin"]
        #expect(try ContainerProcess.spawn(options).wait() == .exited(0))
        #expect(try File.read("\(folder.path)/log") == "found\n")
    }

    @Test(arguments: [
        ("exit 0", ProcessStatus.exited(0)), ("exit 7", .exited(7)), ("kill -9 $$", .signaled(9)),
        ("kill -15 $$; sleep 5", .signaled(15)),
    ])
    func `the end of a process is told as it was`(script: String, status: ProcessStatus) throws {
        let process = try ContainerProcess.spawn(try Shell.options(script))
        #expect(process.wait() == status)
        #expect(process.wait() == status)
    }

    @Test func `the codes of ends are those of shells`() {
        #expect(ProcessStatus.exited(3).code == 3)
        #expect(ProcessStatus.signaled(9).code == 137)
        #expect(ProcessStatus.unknown.code == nil)
    }

    @Test func `a missing program comes back as ENOENT and is named`() throws {
        var options = try Shell.options("")
        options.program = .path("/no/such/program")
        let error = #expect(throws: KernelError.self) { try ContainerProcess.spawn(options) }
        #expect(error?.errno == .noEntry)
        #expect(error?.description == "starting /no/such/program: execve: ENOENT: No such file or directory")
    }

    @Test func `a failed step comes back with its name and what it was about`() throws {
        let folder = try Folder()
        func failure(_ change: (inout ProcessOptions) -> Void) throws -> String? {
            let options = try Shell.options("true", change)
            return #expect(throws: KernelError.self) { try ContainerProcess.spawn(options) }?.description
        }
        #expect(
            try failure { $0.directory = "/no/folder" }
                == "starting /bin/sh: changing to the working directory /no/folder: chdir: ENOENT: "
                + "No such file or directory")
        #expect(
            try failure { $0.mounts = [.temporary(at: "/no/folder")] }
                == "starting /bin/sh: mounting /no/folder: mount: ENOENT: No such file or directory")
        #expect(
            try failure { $0.mounts = [.bind(folder.path + "/none", at: "/tmp")] }
                == "starting /bin/sh: opening the source of a mount \(folder.path)/none at /tmp: open_tree: ENOENT: "
                + "No such file or directory")
        #expect(
            try failure { $0.program = .path(folder.path) }
                == "starting \(folder.path): execve: EACCES: Permission denied")
    }

    @Test func `failed starts leave neither a descriptor nor a zombie`() throws {
        let root = try RootTemplate.create()
        let network = try NetworkNamespace.create { $0 }
        var options = try Shell.container("true", root: root, network: network)
        options.program = .path("/no/such/program")
        let before = File.names(in: "/proc/self/fd").count
        for _ in 0..<64 {
            #expect(throws: KernelError.self) { try ContainerProcess.spawn(options) }
        }
        // Other tests run at the same time; a leak would be 64 or more.
        #expect(File.names(in: "/proc/self/fd").count < before + 32)
        #expect(ProcessTests.zombies().count < 32)
    }

    @Test func `a process ends by a signal through its descriptor, and a later signal says that it is gone`() throws {
        let process = try ContainerProcess.spawn(try Shell.options("exec sleep 60"))
        #expect(process.isRunning)
        #expect(process.startTime != nil)
        try process.signal(SIGTERM)
        #expect(process.wait() == .signaled(SIGTERM))
        #expect(!process.isRunning)
        #expect(throws: KernelError.self) { try process.signal(SIGTERM) }
    }

    @Test func `a process is found again by number and start time, and not by those of another`() throws {
        let process = try ContainerProcess.spawn(try Shell.options("exec sleep 60"))
        defer {
            try? process.signal(SIGKILL)
            process.wait()
        }
        let start = try #require(process.startTime)
        #expect(ChildProcess.find(pid: process.pid, startTime: start)?.pid == process.pid)
        #expect(ChildProcess.find(pid: process.pid, startTime: start + 1) == nil)
    }

    @Test func `signals that the parent blocks or ignores are as new in the child`() throws {
        var blocked = sigset_t()
        var before = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGUSR1)
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        let handler = signal(SIGPIPE, SIG_IGN)
        defer {
            pthread_sigmask(SIG_SETMASK, &before, nil)
            signal(SIGPIPE, handler)
        }
        let finished = try Shell.run("") {
            $0.program = .path("/bin/cat")
            $0.arguments = ["/proc/self/status"]
        }
        #expect(finished.field("SigBlk") == "0000000000000000")
        #expect(finished.field("SigIgn") == "0000000000000000")
    }

    @Test func `descriptors are inherited under the numbers asked for, whatever they were before`() throws {
        let folder = try Folder()
        let first = SharedDescriptor(try Descriptor.open(try folder.file("a", "first\n")))
        let second = SharedDescriptor(try Descriptor.open(try folder.file("b", "second\n")))
        let finished = try Shell.run("cat <&4; cat <&3") {
            // Each takes the number that the other might have.
            $0.descriptors = [.init(first, as: 3), .init(second, as: 4), .init(second, as: first.raw + 20)]
        }
        #expect(finished.lines == ["second", "first"])
    }

    @Test func `a program is executed from a descriptor that no path leads to`() throws {
        let folder = try Folder()
        chmod(folder.path, 0o700)
        let program = SharedDescriptor(try Descriptor.open("/bin/cat"))
        let log = try LogFile.open("\(folder.path)/log")
        var options = ProcessOptions(.file(program, name: "reader"))
        options.arguments = ["/proc/self/cmdline"]
        options.streams = .output(log)
        options.privileges = .unprivileged
        #expect(try ContainerProcess.spawn(options).wait() == .exited(0))
        #expect(try File.read("\(folder.path)/log") == "reader\0/proc/self/cmdline\0")
    }

    @Test(.needsRoot) func `a user's group need not have the user's number`() throws {
        // A user namespace may have no such users.
        guard ProcessOptions.Privileges.unprivileged.user != nil else { return }
        for (group, shown) in [(nil, "65534 65534"), (100, "65534 100")] as [(UInt32?, String)] {
            let finished = try Shell.run("echo $(id -u) $(id -g)") { $0.privileges = .none(user: 65534, group: group) }
            #expect(finished.output == "\(shown)\n")
        }
    }

    @Test func `the two outputs may go apart`() throws {
        let folder = try Folder()
        let (output, errors) = ("\(folder.path)/out", "\(folder.path)/err")
        let streams = ProcessOptions.Streams.outputs(try LogFile.open(output), errors: try LogFile.open(errors))
        let finished = try Shell.run("echo good; echo bad >&2") { $0.streams = streams }
        #expect(finished.status == .exited(0))
        #expect(try File.read(output) == "good\n")
        #expect(try File.read(errors) == "bad\n")
    }

    @Test func `many threads start processes at once, each its own`() async throws {
        let codes = try await withThrowingTaskGroup(of: Int32?.self) { group in
            for code in 0..<64 {
                group.addTask { try ContainerProcess.spawn(try Shell.options("exit \(code)")).wait().code }
            }
            return try await group.reduce(into: Set<Int32>()) { if let code = $1 { $0.insert(code) } }
        }
        #expect(codes == Set(0..<64))
        #expect(eventually { dumpable() == 1 })
    }

    @Test func `the parent may be traced and read its own files again after it has started unprivileged processes`()
        throws
    {
        let finished = try Shell.run("true") { $0.privileges = .unprivileged }
        #expect(finished.status == .exited(0))
        #expect(eventually { dumpable() == 1 })
    }

    /// Glibc's Swift module lacks the function, which takes what it is given in registers.
    private func dumpable() -> Int32 {
        typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
        guard let symbol = dlsym(nil, "prctl") else { return -1 }
        return unsafeBitCast(symbol, to: Control.self)(3 /* PR_GET_DUMPABLE */, 0, 0, 0, 0)
    }

    static func zombies() -> [Int32] {
        ProcessTable.all().filter { pid in
            guard let text = try? File.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
                return false
            }
            let fields = text[end...].split(separator: " ")
            return fields.count > 2 && fields[1] == "Z" && fields[2] == "\(getpid())"
        }
    }
}
