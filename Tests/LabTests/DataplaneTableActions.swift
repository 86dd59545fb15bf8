// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The rows that do something first: relabel, delete, flush; each leaves the lab as the next expects it.
extension DataplaneTableLab {
    /// Asks again and again until a row holds.
    private func eventually(_ row: DataplaneRow, seconds: Double = 5) throws {
        let deadline = Date().addingTimeInterval(seconds)
        while Date() < deadline {
            if let outcome = try wire([row])[0], outcome.fits(row.expected(mode)) { break }
            usleep(50_000)
        }
        try hold([row])
    }

    func tryBalance() throws {
        let counts = try lab.answers("http://\(fill("{plain}"))", count: 400, from: "client-3")
        #expect(counts.count == 2 && isEvenSplit(Array(counts.values)), "D43 \(mode): \(counts)")
    }

    /// D58 and D59: what cannot be asked is read off the rules.
    func tryNames() throws {
        switch mode {
        case .nftables:
            let rules = try lab.exec("node-3", "nft", "list", "map", "ip", "lab", "service-ips").output
            #expect(rules.contains("\(fill("{stream}")) . sctp . 9999"), "D58 nftables")
        case .iptables:
            let rules = try lab.exec("node-3", "iptables-save", "-t", "nat").output
            #expect(rules.contains("-d \(fill("{stream}"))/32 -p sctp"), "D58 iptables")
            let comment = "--comment \"default/plain:http cluster IP\""
            let rule = rules.split(separator: "\n").first { $0.contains(comment) && $0.hasPrefix("-A KUBE-SERVICES") }
            #expect(rule?.contains(" -j KUBE-SVC-") == true, "D59: \(rule ?? "no rule with \(comment)")")
            #expect(rules.contains(":KUBE-SEP-") && rules.contains(":KUBE-EXT-"), "D59")
        }
        let walked = try lab.walk("\(fill("{stream}")):9999", from: "client-3", transport: "sctp")
        #expect(Set(walked.map { $0["outcome"] as? String }) == ["delivered"], "D58 walker")
    }

    /// D47: with iptables a node port is at all of a node's addresses, with nftables at the primary one. The plan does not
    /// know the address that is added here, so the walker is not asked.
    func trySecondAddress() throws {
        #expect(try lab.exec("node-2", "ip", "address", "add", "172.18.0.77/32", "dev", "lo").code == 0)
        let row = DataplaneRow(
            "D47", "a second address", from: "node-2", to: "172.18.0.77:30080", .closed,
            iptables: .answers(["web-1", "web-2"]))
        let outcome = try wire([row])[0]
        #expect(
            outcome?.fits(row.expected(mode)) == true, "D47 \(mode), a second address: \(outcome?.description ?? "")")
        try lab.exec("node-2", "ip", "address", "delete", "172.18.0.77/32", "dev", "lo")
    }

    func trySysctls() throws {
        for (name, value) in [("established", "86400"), ("close_wait", "3600")] {
            let file = "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_\(name)"
            let ran = try lab.exec("node-1", "cat", file)
            #expect(ran.lines == [value], "D81 \(name): \(ran)")
        }
        #expect(try lab.exec("node-1", "curl", "-s", "http://127.0.0.1:10249/proxyMode").output == mode.rawValue, "D84")
    }

    /// D62, and D60 for an address that is given by another balancer.
    func tryStatusOfBalancers() throws {
        #expect(try lab.service("classed")["externalIP"] as? String == "<pending>", "D62")
        guard LabProgram.hasKubectl else { return }
        let row = { (expected: DataplaneRow.Expected) in
            DataplaneRow("D60", "an address given by another", from: "client-3", to: "203.0.113.200:80", expected)
        }
        for (ipMode, expected) in [("VIP", DataplaneRow.Expected.answers(["web-1", "web-2"])), ("Proxy", .refused)] {
            let status = #"{"status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.200","ipMode":"\#(ipMode)"}]}}}"#
            _ = try lab.kubectlText("patch", "service", "classed", "--subresource=status", "--type=merge", "-p", status)
            if ipMode == "VIP" {
                try eventually(row(expected))
            } else {
                // It goes out to where the balancer would be: nobody is there.
                try lab.eventually("D60 \(mode) Proxy: nobody answers") {
                    try wire([row(expected)])[0]?.answers.isEmpty == true
                }
                let ends = try lab.walk("203.0.113.200:80", from: "client-3").map { $0["outcome"] as? String }
                #expect(!ends.contains("delivered"), "D60 walker")
            }
        }
    }

    /// D54: without the label the proxy takes the Service.
    func tryLabels() throws {
        for (service, label) in [
            ("other-proxy", "service.kubernetes.io/service-proxy-name"),
            ("headless-label", "service.kubernetes.io/headless"),
        ] {
            #expect(try lab.lab("label", "service/\(service)", "\(label)-").code == 0)
            try eventually(
                DataplaneRow(
                    "D54", "without \(label)", from: "client-3", to: "{\(service)}:80", .answers(["web-1", "web-2"])))
        }
    }

    /// D44: who has lost its endpoint is given another, and keeps that.
    func tryAffinityLoss() throws {
        let row = { (pods: [String]) in
            DataplaneRow("D44", "its endpoint is gone", from: "client-3", to: "{sticky}:80", .sticks(pods))
        }
        let both = ["web-1", "web-2"]
        let first = try #require(try wire([row(both)])[0]?.answers.keys.first)
        #expect(try lab.lab("label", "pod/\(first)", "app=gone").code == 0)
        let other = first == "web-1" ? "web-2" : "web-1"
        try eventually(row([other]))
        #expect(try lab.lab("label", "pod/\(first)", "app=web").code == 0)
        try eventually(DataplaneRow("D44", "both are back", from: "client-3", to: "{plain}:80", .answers(both)))
        // What is remembered is the kernel's to know: without it the walker says that either may answer.
        let kept = try wire([row([other])])[0]
        #expect(kept?.fits(.sticks([other])) == true, "D44 \(mode): \(kept?.description ?? "")")
    }

    /// D79: a client that goes on using its port reaches another Pod when its own is gone.
    func tryDatagrams() throws {
        guard (try? run("python3", ["--version"]))?.code == 0 else { return }
        let script = """
            import socket, sys, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 45123)); s.settimeout(0.3)
            s.connect(("\(fill("{plain}"))", 53))
            end, first = time.time() + 10, None
            while time.time() < end:
                try:
                    s.send(b"hostname"); name = s.recv(99).decode()
                except OSError: continue
                if first is None: first = name; print(name, flush=True)
                elif name != first: print(name, flush=True); break
                time.sleep(0.05)
            """
        let told = Outcome()
        let lab = lab
        let client = Thread { told.set((try? lab.exec("client-3", "python3", "-c", script))?.output ?? "") }
        client.start()
        usleep(500_000)
        // Which of the two the client has is not known here: each leaves for a moment, the other stays.
        for (pod, other) in [("web-1", "web-2"), ("web-2", "web-1")] {
            try lab.lab("label", "pod/\(pod)", "app=gone")
            try eventually(
                DataplaneRow("D79", "one Pod is left", from: "client-1", to: "{plain}:53", "udp", .answers([other])))
            usleep(300_000)
            try lab.lab("label", "pod/\(pod)", "app=web")
            try eventually(
                DataplaneRow(
                    "D79", "both are back", from: "client-1", to: "{plain}:53", "udp", .answers(["web-1", "web-2"])))
        }
        while !client.isFinished { usleep(10_000) }
        let names = Set(told.text.split(separator: "\n").map(String.init))
        #expect(names == ["web-1", "web-2"], "D79 \(mode): the client spoke to \(names.sorted())")
    }

    /// D63: a node that is excluded gets nothing from the balancer.
    func tryExclusion() throws {
        let label = "node.kubernetes.io/exclude-from-external-load-balancers"
        let row = DataplaneRow(
            "D63", "a node is excluded", from: "host", to: "{lb:balanced}:80", .answers(["web-1", "web-2"]))
        #expect(try lab.lab("label", "node/node-3", "\(label)=").code == 0)
        let left = Set(["{node-1}", "{node-2}", "{node-4}"].map(fill))
        try lab.eventually("D63 \(mode): by way of \(left.sorted()) only") {
            let seen = Set(try wire([row, row, row]).values.flatMap(\.answers.values).flatMap { $0 })
            return seen.isSubset(of: left) && seen.count > 1
        }
        let walked = Set(
            try lab.walk(fill("{lb:balanced}:80")).compactMap { $0["source"] as? String }
                .map { $0.components(separatedBy: ":")[0] })
        #expect(walked == left, "D63 walker: \(walked.sorted())")
        #expect(try lab.lab("label", "node/node-3", "\(label)-").code == 0)
    }

    /// D53, D80, D83: Pods that end and still serve are asked when there are no others, and their node says it has none.
    func tryTermination() throws {
        let script = """
            exec 3<>/dev/tcp/\(fill("{ending}"))/80
            printf 'GET /hostname HTTP/1.1\\r\\nHost: x\\r\\n' >&3; sleep 1.5
            printf 'Connection: close\\r\\n\\r\\n' >&3; timeout 5 cat <&3
            """
        let told = Outcome()
        let lab = lab
        let client = Thread { told.set((try? lab.exec("client-3", "bash", "-c", script))?.output ?? "") }
        client.start()
        usleep(400_000)
        try lab.lab("delete", "pod/ending-1")
        try eventually(
            DataplaneRow("D53", "ready ones win", from: "client-3", to: "{ending}:80", .answers(["ending-2"])))
        try lab.lab("delete", "pod/ending-2")
        try eventually(
            DataplaneRow("D53", "all end", from: "client-3", to: "{ending}:80", .answers(["ending-1", "ending-2"])))
        try hold([
            DataplaneRow(
                "D53", "all end, Local", from: "host", to: "{node-1}:30084", .answers(["ending-1"], seen: "{host}")),
            DataplaneRow("D53", "all end, Local, none here", from: "host", to: "{node-3}:30084", .silence),
            DataplaneRow("D83", "the health check", from: "host", to: "{node-1}:32001/", .status(503)),
        ])
        while !client.isFinished { usleep(10_000) }
        #expect(told.text.contains("200 OK"), "D80 \(mode): \(told.text)")
    }

    /// D64: while the Pods behind a balancer are replaced, no connection fails.
    func tryRollout() throws {
        let lab = lab
        #expect(try lab.lab("apply", "-f", "-", input: DataplaneTableLab.rollout(version: 1)).code == 0)
        let addresses = try ["roll", "roll-local"].map { try #require(try lab.service($0)["externalIP"] as? String) }
        // With iptables the kernels are some moments behind.
        for address in addresses {
            try lab.eventually("\(address) answers", seconds: 5) {
                try lab.curl("http://\(address)").hasPrefix("Hello from Pod roll")
            }
        }
        let script = """
            for i in $(seq 100); do for address in \(addresses.joined(separator: " ")); do
              curl -s -o /dev/null -m 3 http://$address || echo "$address: $?"
            done; sleep 0.02; done; echo done
            """
        let told = Outcome()
        let client = Thread { told.set((try? lab.exec("host", "bash", "-c", script))?.output ?? "") }
        client.start()
        usleep(300_000)
        #expect(try lab.lab("apply", "-f", "-", input: DataplaneTableLab.rollout(version: 2)).code == 0)
        while !client.isFinished { usleep(10_000) }
        #expect(told.text == "done\n", "D64 \(mode): \(told.text)")
    }

    /// D84: a node that the autoscaler is about to take away says so.
    func tryTaint() throws {
        guard LabProgram.hasKubectl else { return }
        let taint = "ToBeDeletedByClusterAutoscaler=1:NoSchedule"
        _ = try lab.kubectlText("taint", "node", "node-4", taint)
        try eventually(DataplaneRow("D84", "tainted", from: "host", to: "{node-4}:10256/healthz", .status(503)))
        try hold([DataplaneRow("D84", "tainted, alive", from: "host", to: "{node-4}:10256/livez", .status(200))])
        _ = try lab.kubectlText("taint", "node", "node-4", "\(taint)-")
        try eventually(DataplaneRow("D84", "no more", from: "host", to: "{node-4}:10256/healthz", .status(200)))
    }

    /// D56: what someone else took away is back within a second.
    func tryFlush() throws {
        let flush =
            mode == .nftables
            ? "nft flush ruleset" : "iptables-save | grep -vE '^-A' | iptables-restore"
        #expect(try lab.exec("node-3", "bash", "-c", flush).code == 0)
        try eventually(
            DataplaneRow("D56", "flushed rules", from: "client-3", to: "{plain}:80", .answers(["web-1", "web-2"])),
            seconds: 2)
    }
}
