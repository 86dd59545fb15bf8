// SPDX-License-Identifier: Apache-2.0
import Glibc
import Linux
import Net
import Synchronization
import Testing

@Suite(.needsRoot) struct CgroupTests {
    @Test func `all processes of a group end at one stroke, and the group goes`() throws {
        let name = "lab-test-\(getpid())-kill"
        let group = try #require(try Cgroup.create("\(name)/pods"), "the machine has no cgroup2")
        let parent = try #require(Cgroup.find(name), "the group just made")
        defer { try? parent.remove() }
        #expect(!parent.isPopulated)
        // Each has a child that would outlive it.
        let processes = try (0..<4).map { _ in
            try ContainerProcess.spawn(try Shell.options("sleep 60 & sleep 60; true") { $0.cgroup = group })
        }
        #expect(Set(try group.processes()).isSuperset(of: processes.map(\.pid)))
        #expect(eventually { (try? group.processes().count) == 12 })
        #expect(parent.isPopulated)
        #expect(!parent.waitUntilEmpty(milliseconds: 20))
        try parent.kill()
        #expect(parent.waitUntilEmpty(milliseconds: 5000))
        #expect(processes.map { $0.wait() } == Array(repeating: .signaled(SIGKILL), count: 4))
        try parent.remove()
        #expect(Cgroup.find(name) == nil)
    }

    @Test func `a running process joins a group`() throws {
        let group = try #require(try Cgroup.create("lab-test-\(getpid())-join"), "the machine has no cgroup2")
        defer { try? group.remove() }
        let process = try ContainerProcess.spawn(try Shell.options("exec sleep 60"))
        try group.join(process.pid)
        #expect(try group.processes() == [process.pid])
        #expect(throws: KernelError.self) { try group.remove() }
        try process.signal(SIGKILL)
        process.wait()
        #expect(group.waitUntilEmpty(milliseconds: 5000))
    }

    @Test func `processes are found and ended by the network namespace they are in`() throws {
        let network = try NetworkNamespace.create { $0 }
        let inode = ProcessTable.inode(of: network)
        let processes = try (0..<3).map { _ in
            try ContainerProcess.spawn(try Shell.options("exec sleep 60") { $0.network = network })
        }
        #expect(Set(ProcessTable.processes(inNetworkNamespaces: [inode])) == Set(processes.map(\.pid)))
        #expect(ProcessTable.killAndWait(inNetworkNamespaces: [inode]) == [])
        #expect(processes.allSatisfy { !$0.isRunning })
        for process in processes { process.wait() }
    }

    @Test func `the monitor tells each end once, with its code or signal`() throws {
        let monitor = try ProcessMonitor()
        let ends = Shared<[Int: ProcessStatus]>([:])
        for number in 0..<40 {
            let process = try ContainerProcess.spawn(
                try Shell.options(number % 2 == 0 ? "exit \(number)" : "kill -9 $$"))
            try monitor.watch(process) { status in ends.change { $0[number] = status } }
        }
        #expect(eventually { ends.value.count == 40 })
        #expect(ends.value[6] == .exited(6))
        #expect(ends.value[7] == .signaled(9))
    }

    @Test func `the monitor tells the end of a process that has ended before it was watched`() throws {
        let monitor = try ProcessMonitor()
        let process = try ContainerProcess.spawn(try Shell.options("exit 5"))
        #expect(process.hasEnded(within: 3000))
        let ends = Shared<[ProcessStatus]>([])
        try monitor.watch(process) { status in ends.change { $0.append(status) } }
        #expect(eventually { ends.value == [.exited(5)] })
    }

    @Test func `the monitor tells the end of a process that is no child of this program, without its status`() throws {
        let folder = try Folder()
        // The shell ends at once, and its child belongs to another parent from then on.
        let finished = try Shell.run("sleep 60 > /dev/null 2>&1 & echo $! > \(folder.path)/pid")
        #expect(finished.status == .exited(0))
        let text = try File.read("\(folder.path)/pid").filter(\.isNumber)
        let process = try #require(Int32(text).flatMap { ChildProcess.find(pid: $0) })
        let monitor = try ProcessMonitor()
        let ends = Shared<[ProcessStatus]>([])
        try monitor.watch(process) { status in ends.change { $0.append(status) } }
        usleep(20_000)
        #expect(ends.value == [])
        ProcessTable.killAndWait([process])
        #expect(eventually { ends.value == [.unknown] })
    }
}

/// A value that several threads change.
final class Shared<Value: Sendable>: Sendable {
    private let content: Mutex<Value>
    init(_ value: Value) { content = Mutex(value) }
    var value: Value { content.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) {
        content.withLock { value in
            var copy = value
            body(&copy)
            value = copy
        }
    }
}
