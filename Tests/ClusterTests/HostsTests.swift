// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Net
import Testing

@Suite struct HostsTests {
    /// What a Pod's spec says, and the lines of its file after those that every Pod has.
    static let files: [(spec: Value, addresses: [Address], lines: [String])] = [
        ([:], [Address(10, 244, 0, 3)], ["10.244.0.3\tweb-1"]),
        (["hostname": "first"], [Address(10, 244, 0, 3)], ["10.244.0.3\tfirst"]),
        (
            ["hostname": "first", "subdomain": "web"], [Address(10, 244, 0, 3)],
            ["10.244.0.3\tfirst.web.shop.svc.cluster.local\tfirst"]
        ),
        (
            ["subdomain": "web"], [Address(10, 244, 0, 3)],
            ["10.244.0.3\tweb-1.web.shop.svc.cluster.local\tweb-1"]
        ),
        // One line for each family.
        (
            [:], ["10.244.0.3", "fd00:10:244::3"].compactMap { Address($0) },
            ["10.244.0.3\tweb-1", "fd00:10:244::3\tweb-1"]
        ),
        // On its node's network it is called as the node.
        (["hostNetwork": true, "nodeName": "node-2"], [Address(172, 18, 0, 3)], ["172.18.0.3\tnode-2"]),
        (
            [
                "hostAliases": [
                    ["ip": "198.51.100.7", "hostnames": ["db.example.com", "db"]],
                    ["ip": "fd00::7", "hostnames": ["six"]],
                ]
            ], [Address(10, 244, 0, 3)],
            [
                "10.244.0.3\tweb-1", "", "# Entries added by HostAliases.", "198.51.100.7\tdb.example.com\tdb",
                "fd00::7\tsix",
            ]
        ),
    ]

    @Test(arguments: files)
    func `D75 a Pod finds itself and its aliases in its hosts file`(
        spec: Value, addresses: [Address], lines: [String]
    ) throws {
        let text = Resolver(try Fixture.configuration()).hosts(Self.pod(spec), addresses)
        let all = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(all.prefix(2) == ["# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost"])
        #expect(Array(all.dropFirst(7)) == lines + [""])
    }

    static let names: [(spec: Value, name: String)] = [
        ([:], "web-1"), (["hostname": "first"], "first"), (["hostname": "first", "subdomain": "web"], "first"),
        (["subdomain": "web", "setHostnameAsFQDN": true], "web-1.web.shop.svc.cluster.local"),
        // Without a subdomain there is no name to be qualified.
        (["setHostnameAsFQDN": true], "web-1"),
        (["hostNetwork": true, "nodeName": "node-2"], "node-2"),
        (["hostNetwork": true, "nodeName": "node-2", "subdomain": "web", "setHostnameAsFQDN": true], "node-2"),
        // The kernel takes 64 bytes.
        (
            ["hostname": .string(String(repeating: "a", count: 40)), "subdomain": "web", "setHostnameAsFQDN": true],
            String(repeating: "a", count: 40)
        ),
    ]

    @Test(arguments: names) func `D75 a Pod's host name is its own, or its name`(spec: Value, name: String) throws {
        #expect(Resolver(try Fixture.configuration()).hostname(Self.pod(spec)) == name)
    }

    @Test func `a name that is too long for a host is cut, and does not end with a hyphen`() throws {
        let name = String(repeating: "a", count: 62) + "-b"
        #expect(
            Resolver(try Fixture.configuration()).hostname(Self.pod([:], name: name))
                == String(repeating: "a", count: 62))
    }

    private static func pod(_ spec: Value, name: String = "web-1") -> Pod {
        var pod = Object(apiVersion: "v1", kind: "Pod", namespace: "shop", name: name)
        pod.spec = spec
        return Pod(pod)
    }
}
