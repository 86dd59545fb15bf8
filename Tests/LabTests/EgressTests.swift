// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// The way to the real network, on a machine and an Internet that are namespaces of the test's own.
    @Suite
    struct EgressTests {
        /// A machine with one uplink, and beyond it a site at 198.51.100.80 that tells who asks. Everything goes with the
        /// shell, whose process numbers and mounts are its own.
        private static let machine = """
            set -e
            mount -t tmpfs tmpfs /run
            mkdir -p /run/netns
            sysctl -qw net.ipv4.ip_forward=0
            quiet="net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
            sysctl -qw $quiet 2>/dev/null || true
            ip link set lo up
            ip netns add internet
            ip netns exec internet sysctl -qw $quiet 2>/dev/null || true
            ip link add up0 type veth peer name eth0 netns internet
            ip address add 192.0.2.2/24 dev up0
            ip link set up0 up
            ip -n internet link set lo up
            ip -n internet address add 192.0.2.1/24 dev eth0
            ip -n internet address add 198.51.100.80/32 dev lo
            ip -n internet link set eth0 up
            ip route add default via 192.0.2.1
            ip netns exec internet "$LAB_RESPONDER" --http 80 >/dev/null &
            site() { timeout 3 bash -c 'until ip netns exec internet curl -s -m 1 198.51.100.80 >/dev/null; do sleep 0.05; done'; }
            site
            ask() { "$LAB" exec "$1" -- curl -sS -m 3 -H 'Accept: application/json' 198.51.100.80 2>&1 || echo "error $?"; }
            state() { ip link | grep -v link/; ip address; ip route; nft list ruleset; sysctl -a 2>/dev/null | grep -E '^net.*forward'; }
            pod() { "$LAB" status -o json | jq -r '[.pods[] | select(.labels.app == "web")][0].name'; }
            set +e

            """

        /// Runs a script on such a machine; its lines.
        private func onMachine(_ script: String) throws -> [String] {
            let environment = ProcessInfo.processInfo.environment
            let responder = environment["LAB_RESPONDER"] ?? "\(LabProgram.root)/.build/programs/lab-responder"
            let ran = try run(
                "unshare", ["-m", "-n", "-p", "--fork", "--mount-proc", "bash", "-c", Self.machine + script],
                environment: ["LAB": LabProgram.path, "LAB_RESPONDER": responder])
            #expect(ran.code == 0, "\(ran)")
            return ran.lines
        }

        private func manifest(_ spec: String) -> String {
            """
            cat > /run/lab.yaml <<'END'
            apiVersion: lab/v1
            kind: Lab
            metadata: {name: test-egress-\(getpid())}
            spec: {nodes: 1, \(spec)}
            \(deployment("web", replicas: 1))
            END

            """
        }

        @Test func `with egress a Pod reaches the real network with the machine's address, and down takes all back`()
            throws
        {
            let lines = try onMachine(
                manifest("egress: true") + """
                    sysctl -qw net.ipv4.conf.up0.forwarding=1
                    state > /run/before
                    "$LAB" up /run/lab.yaml > /run/up 2>&1 && echo up || cat /run/up
                    ask "$(pod)"
                    ask node-1
                    ask control-plane
                    nft list tables
                    "$LAB" down > /run/down 2>&1 && echo down || cat /run/down
                    state > /run/after
                    cmp /run/before /run/after && echo same
                    """)
            let seen = lines.filter { $0.contains("\"client\":\"192.0.2.2:") }
            #expect(seen.count == 3, "\(lines)")
            #expect(lines.contains("table ip lab-test-egress-\(getpid())"), "\(lines)")
            #expect(lines.filter { $0.hasPrefix("table ") }.count == 1, "\(lines)")
            #expect(lines.first == "up" && lines.suffix(2) == ["down", "same"], "\(lines)")
        }

        @Test func `without egress nothing leaves by the uplink, whatever is asked for`() throws {
            let lines = try onMachine(
                manifest("external: [{name: weather, address: 198.51.100.10, ports: [80]}]") + """
                    sysctl -qw net.ipv4.ip_forward=1
                    tcpdump -Z root -i up0 -nn --immediate-mode -U -w /run/seen.pcap 2> /run/tcpdump &
                    dump=$!
                    timeout 5 bash -c 'until grep -q listening /run/tcpdump; do sleep 0.02; done'
                    "$LAB" up /run/lab.yaml > /run/up 2>&1 && echo up || cat /run/up
                    for place in "$(pod)" node-1 control-plane edge outside/weather; do ask $place; done
                    "$LAB" down > /run/down 2>&1 && echo down || cat /run/down
                    curl -sS -m 3 198.51.100.80
                    timeout 5 bash -c 'until tcpdump -nnr /run/seen.pcap 2>/dev/null | grep -q 198.51.100.80.80:; do sleep 0.05; done'
                    kill -KILL $dump
                    tcpdump -nnr /run/seen.pcap 2>/dev/null | grep -v -e ARP -e '192.0.2.2.* 198.51.100.80' -e '198.51.100.80.* 192.0.2.2' | sed 's/^/stray /'
                    tcpdump -nnr /run/seen.pcap 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn' 2>/dev/null | sed 's/^/began /'
                    """)
            #expect(lines.filter { $0.hasPrefix("error 7") }.count == 5, "\(lines)")
            #expect(!lines.contains { $0.hasPrefix("stray ") }, "\(lines)")
            // The machine's own question, by which the capture is known to see.
            #expect(lines.filter { $0.hasPrefix("began ") }.count == 1, "\(lines)")
        }

        @Test func `down takes the table along even if the journal is lost`() throws {
            let lines = try onMachine(
                manifest("egress: true") + """
                    sysctl -qw net.ipv4.conf.up0.forwarding=1
                    "$LAB" up /run/lab.yaml > /run/up 2>&1 && echo up || cat /run/up
                    rm /run/lab/test-egress-*/journal
                    "$LAB" down > /run/down 2>&1 && echo down || cat /run/down
                    nft list tables
                    """)
            #expect(lines == ["up", "down"], "\(lines)")
        }

        @Test func `a machine that does not pass packets on is not made to, and is told what it lacks`() throws {
            let lines = try onMachine(
                manifest("egress: true") + """
                    state > /run/before
                    "$LAB" up /run/lab.yaml 2>&1
                    ip route delete default
                    "$LAB" up /run/lab.yaml 2>&1
                    ip route add default via 192.0.2.1
                    state > /run/after
                    cmp /run/before /run/after && echo same
                    """)
            #expect(lines.contains { $0.contains("sysctl -w net/ipv4/conf/up0/forwarding=1") }, "\(lines)")
            #expect(lines.contains { $0.contains("no default route of IPv4") }, "\(lines)")
            #expect(lines.last == "same", "\(lines)")
        }

        @Test func `an isolated lab has no way out, and says so`() throws {
            let document = "apiVersion: lab/v1\nkind: Lab\nmetadata: {name: test-way}\nspec: {egress: true}\n"
            let refused = try LabProgram.run(["up", "-", "--isolated"], input: document)
            #expect(
                refused.code == 1 && refused.errors.contains("spec.egress: an isolated lab has no way out"),
                "\(refused)")
        }
    }
}
