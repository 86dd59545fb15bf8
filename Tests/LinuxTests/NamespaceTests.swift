// SPDX-License-Identifier: Apache-2.0
import Glibc
import Linux
import Net
import Testing

/// A folder for bindings below one of the test's own, which goes with the value.
final class TemporaryBindings: Sendable {
    let root: String
    let folder: BindingFolder

    init() throws {
        var template = Array("/tmp/lab-binding-XXXXXX".utf8CString)
        root = try #require(mkdtemp(&template).map { String(cString: $0) })
        folder = BindingFolder(path: root + "/netns", record: root + "/lab")
    }

    deinit {
        for name in folder.names() { try? folder.unbind(name) }
        _ = try? folder.release()
        _ = umount2(folder.path, Int32(MNT_DETACH))
        rmdir(folder.path)
        rmdir(folder.record)
        rmdir(root)
    }
}

/// How many mounts there are below a folder.
private func mounts(below root: String) throws -> Int {
    try File.read("/proc/self/mountinfo").split(separator: "\n").count { $0.contains(" " + root) }
}

/// The number of a namespace's inode, which it shares with no other.
private func identity(_ namespace: NetworkNamespace) -> UInt64 {
    var status = stat()
    return fstat(namespace.raw, &status) == 0 ? UInt64(status.st_ino) : 0
}

@Suite(.needsNamespace) struct NamespaceTests {
    @Test func `a bound namespace is found by its name`() throws {
        let bindings = try TemporaryBindings()
        let namespace = try quietNamespace()
        try bindings.folder.bind(namespace, name: "lab-test-edge")
        #expect(bindings.folder.names() == ["lab-test-edge"])
        let found = try bindings.folder.open("lab-test-edge")
        #expect(identity(found) == identity(namespace) && identity(found) != 0)
        try bindings.folder.unbind("lab-test-edge")
        #expect(bindings.folder.names() == [])
    }

    @Test func `a name that is taken is refused, and its namespace stays`() throws {
        let bindings = try TemporaryBindings()
        let first = try quietNamespace()
        try bindings.folder.bind(first, name: "name")
        let error = try #require(throws: KernelError.self) {
            try bindings.folder.bind(try quietNamespace(), name: "name")
        }
        #expect(error.errno == .exists)
        #expect(identity(try bindings.folder.open("name")) == identity(first))
    }

    @Test(arguments: ["", ".", "..", "a/b", "/etc/passwd"]) func `a name that is no file name is refused`(name: String)
        throws
    {
        let bindings = try TemporaryBindings()
        let namespace = try quietNamespace()
        #expect(throws: KernelError.self) { try bindings.folder.bind(namespace, name: name) }
    }

    @Test func `unbinding what is not bound is fine, and so is the file of a binding cut short`() throws {
        let bindings = try TemporaryBindings()
        try bindings.folder.unbind("absent")
        try bindings.folder.bind(try quietNamespace(), name: "one")
        try File.write(bindings.folder.path + "/cut-short", "")
        try bindings.folder.unbind(["cut-short", "one", "absent"])
        #expect(bindings.folder.names() == [])
    }

    @Test func `the folder that Lab made goes with the last name, and not before`() throws {
        let bindings = try TemporaryBindings()
        let before = try mounts(below: bindings.root)
        try bindings.folder.bind(try quietNamespace(), name: "one")
        #expect(try bindings.folder.release() == false)
        #expect(bindings.folder.names() == ["one"])
        try bindings.folder.unbind("one")
        #expect(try bindings.folder.release())
        #expect(!File.exists(bindings.folder.path))
        #expect(try mounts(below: bindings.root) == before)
        #expect(File.names(in: bindings.folder.record) == [])
    }

    @Test func `a folder that was there before stays, without the mount that Lab put on it`() throws {
        let bindings = try TemporaryBindings()
        try File.makeDirectory(bindings.folder.path)
        let before = try mounts(below: bindings.root)
        try bindings.folder.bind(try quietNamespace(), name: "one")
        try bindings.folder.unbind("one")
        #expect(try bindings.folder.release())
        #expect(File.isDirectory(bindings.folder.path))
        #expect(try mounts(below: bindings.root) == before)
    }

    @Test func `a mount that was there before stays`() throws {
        let bindings = try TemporaryBindings()
        try File.makeDirectory(bindings.folder.path)
        #expect(mount(bindings.folder.path, bindings.folder.path, "none", UInt(MS_BIND), nil) == 0)
        let before = try mounts(below: bindings.root)
        try bindings.folder.bind(try quietNamespace(), name: "one")
        try bindings.folder.unbind("one")
        #expect(try bindings.folder.release())
        #expect(try mounts(below: bindings.root) == before)
    }

    @Test func `64 namespaces with sockets and names leave no descriptor and no mount behind`() async {
        // In a program of its own: here, other tests open and close descriptors all the time.
        await #expect(processExitsWith: .success) {
            let bindings = try TemporaryBindings()
            try bindings.folder.bind(try quietNamespace(), name: "keeps-the-folder")
            let descriptors = File.names(in: "/proc/self/fd").count
            let mounted = try mounts(below: bindings.root)
            for number in 0..<64 {
                let namespace = try quietNamespace()
                try bindings.folder.bind(namespace, name: "n\(number)")
                let routes = try RouteSocket(in: namespace)
                _ = try TableSocket(in: namespace).tables()
                #expect(throws: KernelError.self) { try routes.send(.setUp(interface: 99)) }
            }
            #expect(File.names(in: "/proc/self/fd").count == descriptors)
            #expect(try mounts(below: bindings.root) == mounted + 64)
            try bindings.folder.unbind((0..<64).map { "n\($0)" })
            #expect(try mounts(below: bindings.root) == mounted)
        }
    }

    @Test func `entering a namespace leaves every other thread where it was`() async throws {
        let here = File.target(of: "/proc/self/ns/net")
        let namespace = try quietNamespace()
        let there = try namespace.enter { () throws(KernelError) in File.target(of: "/proc/thread-self/ns/net") }
        #expect(there == "net:[\(identity(namespace))]" && there != here)
        let seen = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<64 { group.addTask { File.target(of: "/proc/thread-self/ns/net") } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(seen == [here])
    }
}
