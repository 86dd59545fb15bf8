// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Ways through the API server to a Pod's ports, opened with kubectl.
    @Suite(.enabled(if: LabProgram.hasKubectl, "these tests need kubectl"))
    struct KubectlForwardTests {
        private static let hasPython = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

        private func lab() throws -> LabUnderTest {
            let service =
                "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
                + "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n"
            let lab = try LabUnderTest.applied(deployment("web", replicas: 2) + service)
            try lab.rolledOut("deployment/web")
            return lab
        }

        /// A script that forwards a free port of the host to something, and has it in `$port`.
        private func forwarding(_ target: String, _ script: String) -> String {
            """
            kubectl port-forward \(target) > $dir/said 2>&1 &
            for i in $(seq 100); do
                port=$(sed -n 's/^Forwarding from 127.0.0.1:\\([0-9]*\\) .*/\\1/p' $dir/said)
                [ -n "$port" ] && break; sleep 0.05
            done
            \(script)
            """
        }

        @Test(arguments: ["deployment/web :8080", "service/web :80"])
        func `port-forward carries many connections at once`(_ target: String) throws {
            let lab = try lab()
            let ran = try lab.script(
                forwarding(
                    target,
                    """
                    curl -sS -m 5 "127.0.0.1:$port/?n=[1-5]"
                    for i in $(seq 20); do curl -sS -m 5 127.0.0.1:$port > $dir/answer.$i & asked="$asked $!"; done
                    wait $asked; cat $dir/answer.*
                    """))
            #expect(ran.lines.count == 25, "\(ran)")
            #expect(Set(ran.lines).count == 1, "all go to one Pod: \(ran)")
            #expect(ran.lines.first?.hasPrefix("Hello from Pod web-") == true, "\(ran)")
        }

        @Test(.enabled(if: hasPython, "needs python3, which listens"))
        func `port-forward reaches a program that listens on its own loopback alone`() throws {
            let program = "import http.server as h; h.test(h.SimpleHTTPRequestHandler, port=7777, bind=\"127.0.0.1\")"
            let pod = """
                apiVersion: v1
                kind: Pod
                metadata: {name: shy}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers: [{name: main, image: busybox, command: [python3, -c, '\(program)']}]
                """
            let lab = try LabUnderTest.applied(pod)
            try lab.eventually("it listens") {
                try lab.kubectl("exec", "shy", "--", "curl", "-sS", "-m", "2", "127.0.0.1:7777").code == 0
            }
            let ran = try lab.script(
                forwarding("pod/shy :7777", "curl -sS -m 5 -o /dev/null -w '%{http_code}' 127.0.0.1:$port"))
            #expect(ran.output == "200", "\(ran)")
        }

        @Test func `port-forward to a port where nobody listens says so`() throws {
            let lab = try lab()
            let ran = try lab.script(
                forwarding("deployment/web :9999", "curl -sS -m 5 127.0.0.1:$port; sleep 0.3; cat $dir/said"))
            #expect(ran.output.localizedCaseInsensitiveContains("connection refused"), "\(ran)")
        }

        @Test(.enabled(if: hasPython, "needs python3, which listens"))
        func `ten million bytes go through a forwarded port whole`() throws {
            let lab = try LabUnderTest.applied(tools())
            _ = try lab.kubectlText("wait", "pod/tools", "--for=condition=Ready", "--timeout=20s")
            let server = """
                import http.server as h, os
                body = os.urandom(10000000)
                class S(h.BaseHTTPRequestHandler):
                    def do_GET(self):
                        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
                        self.wfile.write(body)
                h.HTTPServer(("", 7000), S).serve_forever()
                """
            let ran = try lab.script(
                "kubectl exec tools -c shell -- python3 -c '\(server)' 2>/dev/null &\n"
                    + "fetch='kubectl exec tools -c shell -- curl -sf 127.0.0.1:7000'\n"
                    + "for i in $(seq 100); do $fetch > $dir/body && break; sleep 0.1; done\n"
                    + forwarding("pod/tools :7000", "curl -sS -m 20 127.0.0.1:$port | cmp - $dir/body && echo same")
                    + "\nwc -c < $dir/body")
            #expect(ran.lines == ["same", "10000000"], "\(ran)")
        }

        @Test func `the API server is a proxy to Pods and Services`() throws {
            let lab = try lab()
            let pod = try lab.rows("get", "pods", "-l", "app=web", "--no-headers")[0][0]
            let base = "/api/v1/namespaces/default"
            #expect(try lab.kubectlText("get", "--raw", "\(base)/pods/\(pod):8080/proxy/echo?msg=hi") == "hi")
            #expect(try lab.kubectlText("get", "--raw", "\(base)/services/web/proxy/echo?msg=there") == "there")
            #expect(try lab.kubectlText("get", "--raw", "\(base)/services/web:80/proxy/echo?msg=port") == "port")
            #expect(try lab.kubectl("get", "--raw", "\(base)/services/nosuch/proxy/").errors.contains("not found"))
            let answers = try lab.script(
                """
                kubectl proxy --port=0 > $dir/said & sleep 0.1
                for i in $(seq 100); do address=$(sed -n 's/^Starting to serve on //p' $dir/said); \
                [ -n "$address" ] && break; sleep 0.05; done
                for i in $(seq 30); do curl -sS -m 5 $address\(base)/services/web/proxy/; done | sort -u
                curl -sS -m 5 $address/version | grep -o v1.36.0
                """)
            #expect(answers.lines.filter { $0.hasPrefix("Hello from Pod web-") }.count == 2, "\(answers)")
            #expect(answers.lines.last == "v1.36.0", "\(answers)")
        }
    }
}
