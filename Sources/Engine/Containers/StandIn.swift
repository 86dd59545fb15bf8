// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What stands in for a well-known image, whose files a lab does not have.
enum StandIn: Sendable, Hashable {
    /// The responder, listening on this port if the container names none.
    case server(port: UInt16, files: String?)
    /// The responder without any port: it stays, and does nothing.
    case pause
    /// The community's test image: the responder in the role that its first argument names.
    case agnhost
    /// The cluster's name server: the daemon answers at the Pod's port 53 while the container runs, and the responder at
    /// the ports where CoreDNS tells how it is.
    case names
    /// A program of the machine's, with what it is started with if the container says nothing.
    case tool(entryPoint: [String], command: [String])

    /// The stand-in for an image by the last part of its name; nil for one that nobody knows.
    static func of(_ image: String) -> StandIn? {
        let name = baseName(image)
        switch name {
        case "agnhost": return .agnhost
        case "pause": return .pause
        case "coredns": return .names
        case "nginx", "nginx-unprivileged", "nginxhello", "nginx-demos", "my-nginx", "nginxhttps":
            return .server(port: name == "nginx-unprivileged" ? 8080 : 80, files: "/usr/share/nginx/html")
        case "httpd", "apache": return .server(port: 80, files: "/usr/local/apache2/htdocs")
        case "caddy": return .server(port: 80, files: "/usr/share/caddy")
        case "whoami", "http-echo", "traefik", "echo", "httpbin", "kuard":
            return .server(port: ["http-echo": 5678, "kuard": 8080][name] ?? 80, files: nil)
        case "curl": return .tool(entryPoint: ["curl"], command: ["--help"])
        case "python": return .tool(entryPoint: [], command: ["python3"])
        case "bash", "ubuntu", "debian", "netshoot", "dnsutils", "jessie-dnsutils", "busybox", "busyboxplus", "alpine",
            "toybox", "fedora", "centos", "rockylinux", "ubi-minimal":
            return .tool(entryPoint: [], command: name == "dnsutils" ? ["sleep", "infinity"] : ["sh"])
        default:
            return name.hasPrefix("hello") || name.hasPrefix("echoserver") || name.hasPrefix("echo-server")
                ? .server(port: name == "hello-world" ? 80 : 8080, files: nil) : nil
        }
    }

    /// `registry.k8s.io/e2e-test-images/agnhost:2.53` is `agnhost`.
    static func baseName(_ image: String) -> String {
        let last = image.split(separator: "/").last ?? ""
        return String(last.prefix { $0 != ":" && $0 != "@" })
    }

    /// `registry.k8s.io/e2e-test-images/agnhost:2.53` is `registry.k8s.io/e2e-test-images/agnhost`.
    static func untagged(_ image: String) -> String {
        image.lastIndex(of: "/").map { String(image[...$0]) + baseName(image) } ?? baseName(image)
    }
}
