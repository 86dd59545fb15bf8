// SPDX-License-Identifier: Apache-2.0
import Glibc
import Linux
import Net
import Testing

@Suite(.needsRoot) struct MountTests {
    let root: RootTemplate

    init() throws { root = try RootTemplate.create() }

    @Test func `a container is process 1 of its own, with its own name`() throws {
        let finished = try Shell.runContainer("echo $$; hostname; ls -d /proc/[0-9]* | wc -l", root: root)
        #expect(finished.lines.first == "1")
        #expect(finished.lines[1] == "pod-1")
        #expect((Int(finished.lines[2]) ?? 0) <= 3)
        #expect(finished.status == .exited(0))
    }

    @Test func `a container's file system cannot be written to, but for its own folders`() throws {
        let script = """
            for place in / /etc /usr /var /run /var/tmp /dev /sys /proc/sys/kernel; do
                if ( : > $place/lab-test ) 2>/dev/null; then echo "wrote to $place"; fi
            done
            ( : > /lab-test ) 2>&1 | sed 's/.*: //'
            echo mine > /tmp/file && cat /tmp/file; ls -A /tmp /run
            """
        // As root of the container, so that it is the mount that refuses and not the file's mode.
        let finished = try Shell.runContainer(script, root: root) { $0.privileges = .inherited }
        #expect(finished.lines == ["Read-only file system", "mine", "/run:", "lock", "secrets", "/tmp:", "file"])
    }

    @Test func `a container has its own hosts, hostname and resolv.conf`() throws {
        let folder = try Folder()
        let files = try ["hosts", "hostname", "resolv.conf"].map { name in
            ProcessMount.bind(try folder.file(name, "my \(name)\n"), at: "/etc/\(name)")
        }
        let finished = try Shell.runContainer(
            "cat /etc/hosts /etc/hostname /etc/resolv.conf; echo x >> /etc/hosts", root: root, mounts: files)
        #expect(finished.lines.prefix(3) == ["my hosts", "my hostname", "my resolv.conf"])
        #expect(finished.status != .exited(0))
        #expect(try File.read("\(folder.path)/hosts") == "my hosts\n")
    }

    @Test func `a folder of the host's may be lent for writing`() throws {
        let folder = try Folder()
        chmod(folder.path, 0o777)
        let mounts = [
            ProcessMount.bind(folder.path, at: "/tmp", readOnly: false),
            .bind(folder.path, at: "/dev/shm", readOnly: false),
        ]
        let finished = try Shell.runContainer("echo kept > /tmp/note; cat /dev/shm/note", root: root, mounts: mounts)
        #expect(finished.lines == ["kept"])
        #expect(try File.read("\(folder.path)/note") == "kept\n")
    }

    @Test func `a folder or file may be mounted where the machine has none, and nothing is written to it`() throws {
        let folder = try Folder()
        let file = try folder.file("note", "kept\n")
        let targets = [
            "/lab-test-data", "/etc/lab-test/deep", "/usr/share/lab-test", "/var/run/lab-test", "/tmp/lab-test",
            RootTemplate.accountFolder,
        ]
        let single = "/etc/lab-test.conf"
        let entries = targets.map { RootEntry.missing(at: $0, isFile: false) }
        #expect(entries.map { $0 == nil } == [false, false, false, false, true, true])
        let singleEntry = try #require(RootEntry.missing(at: single, isFile: true))
        let own = try RootTemplate.create(with: Set(entries.compactMap { $0 } + [singleEntry]))
        let mounts =
            [.temporary(at: "/tmp", size: 1 << 20)] + targets.map { ProcessMount.bind(folder.path, at: $0) }
            + [.bind(file, at: single)]
        let script = targets.map { "cat \($0)/note" }.joined(separator: "; ")
        let finished = try Shell.runContainer(
            "\(script); cat \(single); ( : > /lab-test-data/x ); ls -d /etc/passwd", root: own, mounts: mounts)
        #expect(finished.lines.filter { $0 == "kept" }.count == 7)
        #expect(finished.lines.last == "/etc/passwd")
        #expect(targets.prefix(3).allSatisfy { !File.exists($0) } && !File.exists(single))
        #expect(File.names(in: folder.path) == ["note"])
    }

    @Test func `what is closed on the machine stays closed where something is added to it`() throws {
        let entry = try #require(RootEntry.missing(at: "/root/lab-test", isFile: false))
        let own = try RootTemplate.create(with: [entry])
        let mode = try Shell.runContainer("stat -c '%a %u' /root", root: root)
        #expect(try Shell.runContainer("stat -c '%a %u' /root", root: own).lines == mode.lines)
    }

    @Test func `links in a folder lead nowhere else`() throws {
        let folder = try Folder()
        try File.link("\(folder.path)/out", to: "/etc")
        let error = #expect(throws: KernelError.self) {
            _ = try Descriptor.open("out/passwd/x", beneath: folder.path).raw
        }
        #expect(error?.errno == .noEntry)
        _ = try Descriptor.open("new/folder", beneath: folder.path).raw
        #expect(File.isDirectory("\(folder.path)/new/folder"))
        let modes = try Shell.run("stat -c %a \(folder.path)/new \(folder.path)/new/folder").output
        #expect(modes == "777\n777\n", "a container's user can write there, whatever the umask is")
        let missing = #expect(throws: KernelError.self) {
            _ = try Descriptor.open("other/folder", beneath: folder.path, makesFolders: false).raw
        }
        #expect(missing?.errno == .noEntry && !File.exists("\(folder.path)/other"))
        Folder.remove("\(folder.path)/out")
    }

    @Test func `nothing that a container's owner chooses leads into a folder that the caller has open`() throws {
        let host = try Folder()
        let open = try Descriptor.open(host.path)
        let way = "/proc/self/fd/\(open.raw)"
        let data = try Folder()
        try File.link("\(data.path)/out", to: way)
        defer { Folder.remove("\(data.path)/out") }
        let inside = #expect(throws: KernelError.self) {
            try Shell.runContainer("pwd", root: root) { $0.directory = way }
        }
        #expect(inside?.errno == Errno(rawValue: ELOOP))
        let mounts: [ProcessMount] = [
            .temporary(at: "/tmp", size: 1 << 20), .bind(data.path, at: "/tmp/data", readOnly: false),
            .bind(data.path, at: "/tmp/data/out/new"),
        ]
        let mounted = #expect(throws: KernelError.self) { try Shell.runContainer("true", root: root, mounts: mounts) }
        #expect(mounted?.errno == Errno(rawValue: ELOOP))
        #expect(File.names(in: host.path).isEmpty)
        // Links that stay in the container are followed.
        try File.link("\(data.path)/in", to: "/tmp")
        defer { Folder.remove("\(data.path)/in") }
        let finished = try Shell.runContainer("pwd -P", root: root, mounts: Array(mounts.prefix(2))) {
            $0.directory = "/tmp/data/in"
        }
        #expect(finished.lines == ["/tmp"])
    }

    @Test func `a container has no privileges and cannot get any`() throws {
        let finished = try Shell.runContainer(
            "cat /proc/self/status; umask; ulimit -c; ulimit -Sn; ulimit -Hn", root: root)
        for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            #expect(finished.field(name) == "0000000000000000", "\(name)")
        }
        #expect(finished.field("NoNewPrivs") == "1")
        if ProcessOptions.Privileges.unprivileged == .none(user: 65534) {
            #expect(finished.field("Uid") == "65534 65534 65534 65534")
            #expect(finished.field("Gid") == "65534 65534 65534 65534")
            #expect(finished.field("Groups") == "")
        }
        #expect(finished.lines.suffix(4).prefix(2) == ["0022", "0"])
        // Raised to what is asked for, or as far as the machine allows.
        #expect(finished.lines.last == finished.lines.dropLast().last)
        #expect((1...65536).contains(Int(finished.lines.last ?? "") ?? 0))
    }

    @Test func `the superuser without privileges has no capabilities either`() throws {
        let finished = try Shell.runContainer(
            "cat /proc/self/status; mount -t tmpfs none /tmp && echo mounted", root: root
        ) {
            $0.privileges = .none(user: nil)
        }
        #expect(finished.field("CapEff") == "0000000000000000")
        #expect(finished.field("CapBnd") == "0000000000000000")
        #expect(!finished.lines.contains("mounted"))
    }

    @Test func `a container sees its own network alone`() throws {
        let finished = try Shell.runContainer(
            "cat /proc/net/dev | tail -n +3 | cut -d: -f1; ls /sys/class/net", root: root, mounts: [.system])
        #expect(finished.lines.map { $0.filter { $0 != " " } } == ["lo", "lo"])
    }

    @Test func `a container's file system is a handful of mounts, whatever the host has`() throws {
        let finished = try Shell.runContainer("cat /proc/self/mountinfo", root: root)
        #expect((5...80).contains(finished.lines.count), "\(finished.output)")
        #expect(!finished.output.contains("nsfs"))
    }

    @Test func `a container sees no cgroups and no one else's shared memory`() throws {
        let finished = try Shell.runContainer("ls -A /sys/fs/cgroup /dev/shm", root: root)
        #expect(finished.lines == ["/dev/shm:", "/sys/fs/cgroup:"])
    }

    @Test func `processes are not hidden within a container, and those outside are`() throws {
        let finished = try Shell.runContainer("sleep 9 & ls -d /proc/[0-9]*; kill $!", root: root)
        #expect(finished.lines.contains("/proc/1"))
        #expect(finished.lines.contains("/proc/2"))
        #expect(!finished.lines.contains("/proc/\(getpid())"))
    }

    @Test func `a second process enters a running container as kubectl exec does`() throws {
        let folder = try Folder()
        let network = try NetworkNamespace.create { $0 }
        let container = try ContainerProcess.spawn(
            try Shell.container("echo inside > /tmp/note; exec sleep 60", root: root, network: network))
        defer {
            try? container.signal(SIGKILL)
            container.wait()
        }
        let log = "\(folder.path)/log"
        var options = try Shell.options(
            "hostname; readlink /proc/self/ns/net; ls -d /proc/1; cat /tmp/note", log: log)
        options.directory = "/"
        options.privileges = .unprivileged
        // The file is there as soon as the container's shell has got so far.
        #expect(eventually { File.exists("/proc/\(container.pid)/root/tmp/note") })
        #expect(eventually { (try? File.read("/proc/\(container.pid)/root/tmp/note")) == "inside\n" })
        let process = try ContainerProcess.exec(in: container, options)
        #expect(process.wait() == .exited(0))
        let inode = ProcessTable.inode(of: network)
        #expect(try File.read(log) == "pod-1\nnet:[\(inode)]\n/proc/1\ninside\n")
    }

    @Test func `entering a container that has ended is an error`() throws {
        let network = try NetworkNamespace.create { $0 }
        let container = try ContainerProcess.spawn(try Shell.container("true", root: root, network: network))
        container.wait()
        let options = try Shell.options("true")
        #expect(throws: KernelError.self) { try ContainerProcess.exec(in: container, options) }
    }

    @Test func `the parent's threads keep their namespaces`() async throws {
        func places() -> [String] {
            ["net", "mnt", "uts", "ipc", "pid_for_children"].map { File.target(of: "/proc/thread-self/ns/\($0)") ?? "" }
        }
        let before = places()
        let root = root
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 { group.addTask { _ = try Shell.runContainer("true", root: root) } }
            try await group.waitForAll()
        }
        let after = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<64 { group.addTask { places() } }
            return await group.reduce(into: Set<[String]>()) { $0.insert($1) }
        }
        #expect(after == [before])
    }

    @Test func `a process of a node's keeps the host's files and gets those that differ`() throws {
        let folder = try Folder()
        let hosts = try folder.file("hosts", "a node's hosts\n")
        let finished = try Shell.run("cat /etc/hosts; ls -d /proc/\(getpid())") {
            $0.mounts = [.bind(hosts, at: "/etc/hosts")]
        }
        #expect(finished.lines == ["a node's hosts", "/proc/\(getpid())"])
        #expect(try File.read("/etc/hosts") != "a node's hosts\n")
    }

    @Test func `the files of a container are there even where the host has none, and the host stays as it is`() throws {
        let folder = try Folder()
        let mine = try folder.file("mine", "my own\n")
        let seen = try ShortThread.run { () throws(KernelError) -> (root: RootTemplate, etc: [String]) in
            // A host of this thread's own: its /etc has no hosts and no hostname, and resolv.conf leads nowhere yet.
            try MountTests.makeBareHost()
            return (try RootTemplate.create(), File.names(in: "/etc"))
        }
        #expect(seen.etc == ["passwd", "resolv.conf"])
        let names = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]
        let script = "cat \(names.joined(separator: " ")) /run/resolver/stub.conf; ls /etc"
        let finished = try Shell.runContainer(
            script, root: seen.root,
            mounts: names.map { .bind(mine, at: $0) })
        #expect(
            finished.lines == Array(repeating: "my own", count: 4) + ["hostname", "hosts", "passwd", "resolv.conf"])
    }

    private static func makeBareHost() throws(KernelError) {
        // Glibc's Swift module lacks the function.
        typealias Unshare = @convention(c) (Int32) -> Int32
        guard let symbol = dlsym(nil, "unshare"),
            unsafeBitCast(symbol, to: Unshare.self)(0x20200 /* CLONE_NEWNS | CLONE_FS */) == 0,
            mount(nil, "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0,
            mount("tmpfs", "/etc", "tmpfs", 0, nil) == 0
        else { throw KernelError("a bare host", call: "mount", .notPermitted) }
        try File.write("/etc/passwd", "nobody:x:65534:65534::/:/bin/false\n")
        try File.link("/etc/resolv.conf", to: "../run/resolver/stub.conf")
    }
}
