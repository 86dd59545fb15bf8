// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Net
import Testing

/// What Nodes tell of the computer that the lab runs on.
@Suite struct MachineTests {
    static let machine: Machine = {
        var machine = Machine(
            osRelease: "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n", processors: "0-3,6\n",
            memory: "MemTotal:        8131904 kB\nMemFree:         100 kB\n")
        machine.kernelVersion = "6.18.0"
        machine.machineID = "m"
        machine.bootID = "b"
        return machine
    }()

    @Test func `the system's own files say what the machine is`() {
        #expect(Self.machine.osImage == "Debian GNU/Linux 12 (bookworm)")
        #expect(Self.machine.processors == 5)
        #expect(Self.machine.memory == 8_131_904)
    }

    @Test(arguments: ["", "x", "-", "3-1", "0-99999999999999", "MemTotal:", "MemTotal: -5 kB", "PRETTY_NAME="])
    func `what cannot be read is unknown`(_ text: String) {
        #expect(Machine(osRelease: text, processors: text, memory: text) == Machine())
    }

    @Test func `every node has what the machine has`() throws {
        var configuration = try Fixture.configuration()
        configuration.machine = Self.machine
        let cluster = Cluster(configuration, seed: 1, now: Timestamp(seconds: 1_800_000_000))
        let nodes = cluster.store.objects("Node")
        #expect(nodes.count == 3)
        for node in nodes {
            for field in ["capacity", "allocatable"] {
                #expect(node.status[field]?["cpu"] == "5")
                #expect(node.status[field]?["memory"] == "8131904Ki")
            }
            let info = try #require(node.status["nodeInfo"])
            #expect(info["kernelVersion"] == "6.18.0")
            #expect(info["osImage"] == "Debian GNU/Linux 12 (bookworm)")
            #expect(info["machineID"] == "m")
            #expect(info["bootID"] == "b")
            #expect(node.status["conditions"]?.elements.allSatisfy { $0["lastHeartbeatTime"] != nil } == true)
        }
    }

    @Test func `a node of an unknown machine has room for Pods all the same`() throws {
        let cluster = Cluster(try Fixture.configuration(), seed: 1, now: Timestamp(seconds: 1_800_000_000))
        let node = try #require(cluster.store.objects("Node").first)
        #expect(node.status["capacity"]?.fields.keys.sorted() == ["pods"])
    }
}
