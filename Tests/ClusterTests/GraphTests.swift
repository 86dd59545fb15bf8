// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Net
import Testing

/// The picture of a plan, in each of its languages.
@Suite struct GraphTests {
    private func hello() throws -> Fixture {
        var lab = try Fixture(nodes: 2)
        try lab.apply(
            Text.all(
                Text.service("web", type: "NodePort"), Text.service("other"),
                Text.pod("a", spec: "  nodeName: node-1"), Text.pod("b", spec: "  nodeName: node-2"),
                Text.pod("c", labels: "app: other", spec: "  nodeName: node-2")))
        lab.cluster.assumeRunning(
            unready: [ObjectKey("Pod", "default", "b")], now: lab.now)
        return lab
    }

    @Test func `a graph has all places, links and Services of a plan`() throws {
        let graph = Graph(try hello().cluster)
        #expect(graph.places.filter { $0.kind == .node }.map(\.name) == ["node-1", "node-2"])
        #expect(graph.places.filter { $0.kind == .pod }.map(\.name) == ["default/a", "default/b", "default/c"])
        #expect(graph.places.first { $0.name == "default/b" }?.notes == ["not ready"])
        #expect(graph.places.first { $0.name == "node-1" }?.notes == ["zone zone-0"])
        let pod = try #require(graph.links.first { $0.inner.place == "default/a" })
        #expect(pod.outer == Graph.End(place: "node-1", interface: "pod2", addresses: []))
        #expect(pod.inner == Graph.End(place: "default/a", interface: "eth0", addresses: ["10.244.0.2"]))
        let node = try #require(graph.links.first { $0.inner.place == "node-2" })
        #expect(node.outer == Graph.End(place: "edge", interface: "node-2", addresses: ["172.18.0.1"]))
        // The host, the control plane, two nodes and three Pods hang on one link each.
        #expect(graph.links.count == 7)
        #expect(
            graph.services.map(\.name) == [
                "default/kubernetes", "default/other", "default/web", "kube-system/kube-dns",
            ])
        let web = try #require(graph.services.first { $0.name == "default/web" })
        #expect(web.type == "NodePort")
        #expect(web.endpoints.map(\.place) == ["default/a", "default/b"])
        #expect(web.endpoints.map(\.isReady) == [true, false])
        #expect(web.addresses.contains { $0.hasPrefix("cluster 10.96.") && $0.hasSuffix(":80/TCP") })
        #expect(web.addresses.contains { $0.hasPrefix("node port 3") })
        let kubernetes = try #require(graph.services.first)
        #expect(kubernetes.endpoints.map(\.place) == ["control-plane"])
    }

    @Test func `of one Service only what concerns it is drawn`() throws {
        let cluster = try hello().cluster
        let other = Graph(cluster, service: ObjectKey("Service", "default", "other"))
        #expect(other.places.map(\.name) == ["host", "edge", "node-2", "default/c"])
        #expect(other.services.map(\.name) == ["default/other"])
        // Node ports are on all nodes.
        let web = Graph(cluster, service: ObjectKey("Service", "default", "web"))
        #expect(web.places.map(\.name) == ["host", "edge", "node-1", "node-2", "default/a", "default/b"])
    }

    @Test func `the same plan gives the same picture, byte for byte`() throws {
        for format in GraphFormat.allCases {
            #expect(Graph(try hello().cluster).text(format) == Graph(try hello().cluster).text(format))
        }
    }

    // MARK: Text

    /// One Service with one Pod; every name may be anything.
    private func graph(_ name: String = "web") -> Graph {
        let pod = "default/\(name)"
        return Graph(
            title: "Lab \(name)",
            places: [
                Graph.Place(kind: .edge, name: "edge", addresses: ["172.18.0.1"]),
                Graph.Place(kind: .node, name: "node-1", addresses: ["172.18.0.2"], notes: ["zone \(name)"]),
                Graph.Place(kind: .pod, name: pod, addresses: ["10.244.0.2"], node: "node-1", isReady: false),
            ],
            links: [
                Graph.Link(
                    outer: Graph.End(place: "edge", interface: "node-1", addresses: ["172.18.0.1"]),
                    inner: Graph.End(place: "node-1", interface: "eth0", addresses: ["172.18.0.2"])),
                Graph.Link(
                    outer: Graph.End(place: "node-1", interface: "pod2", addresses: []),
                    inner: Graph.End(place: pod, interface: "eth0", addresses: ["10.244.0.2"])),
            ],
            services: [
                Graph.Service(
                    name: "default/\(name)", type: "ClusterIP", addresses: ["cluster 10.96.0.10:80/TCP"],
                    notes: [name],
                    endpoints: [Graph.Endpoint(address: "10.244.0.2:8080", place: pod, isReady: false)])
            ])
    }

    @Test func `a graph in DOT`() { #expect(graph().dot == GraphGoldens.dot) }
    @Test func `a graph in Mermaid`() { #expect(graph().mermaid == GraphGoldens.mermaid) }
    @Test func `a graph in SVG`() {
        let svg = graph().svg
        let style = svg.firstRange(of: "<style>").map { String(svg[..<$0.lowerBound]) } ?? ""
        let body = svg.firstRange(of: "</style>\n").map { String(svg[$0.upperBound...]) } ?? ""
        #expect(style + body == GraphGoldens.svg)
        #expect(svg.contains("@media(prefers-color-scheme:dark)"))
    }

    static let hostile = [
        "<script>alert(1)</script>", "a\"b'c\\d&e;", "]]><x/>--><!--", "x\"]; evil [label=\"", "`**x**` #quot; %%x",
        "<\u{338}script>", "\"\u{301}]", "\u{0}\u{1b}[31m\n\r\t", "\u{202e}x", "{}()[]|~$", "\\N \\G \\l &lt;b&gt;",
        "日本語 𝔸 é",
    ]

    @Test(arguments: hostile) func `no name is markup in SVG`(_ name: String) {
        let elements = { (text: String) in text.unicodeScalars.count { $0 == "<" } }
        let svg = graph(name).svg
        // Every bracket is one of the document's own elements.
        #expect(elements(svg) == elements(graph().svg))
        #expect(!svg.lowercased().contains("<script"))
        let entity = #/&(?:amp|lt|gt|quot|#39);/#.matchingSemantics(.unicodeScalar)
        #expect(svg.matches(of: entity).count == svg.unicodeScalars.count { $0 == "&" })
        #expect(!svg.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
    }

    @Test(arguments: hostile) func `no name ends a string in DOT or Mermaid`(_ name: String) {
        let dot = graph(name).dot
        #expect(dot.split(separator: "\n").count == graph().dot.split(separator: "\n").count)
        #expect(quotes(dot, escape: "\\") == quotes(graph().dot, escape: "\\"))
        let mermaid = graph(name).mermaid
        #expect(mermaid.split(separator: "\n").count == graph().mermaid.split(separator: "\n").count)
        #expect(quotes(mermaid, escape: nil) == quotes(graph().mermaid, escape: nil))
    }

    /// How many quotation marks a text has that no escape stands before.
    private func quotes(_ text: String, escape: Unicode.Scalar?) -> Int {
        var (count, isEscaped) = (0, false)
        for scalar in text.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if scalar == escape {
                isEscaped = true
            } else if scalar == "\"" {
                count += 1
            }
        }
        return count
    }

    /// The lines of a flow chart that Lab writes, and nothing else: names are numbers, and strings have only letters,
    /// digits, plain marks, line breaks and characters by number.
    @Test(arguments: ["web"] + hostile) func `Mermaid keeps to a small part of its grammar`(_ name: String) throws {
        let string = #""(?:[\p{L}\p{M}\p{N} .:\/,_-]|#[0-9]+;|<br\/>)*""#
        let shapes = [
            "flowchart TB", #" +p[0-9]+\[\#(string)\]:::(outside|edge|node|pod|unready)"#,
            #"  subgraph pods_p[0-9]+\[\#(string)\]"#, "  end", #"  p[0-9]+ ---\|\#(string)\| p[0-9]+"#,
            #"  s[0-9]+\(\[\#(string)\]\):::service"#, #"  s[0-9]+ -\.->(\|not ready\|)? p[0-9]+"#,
            "  classDef [a-z]+ [a-z0-9:#,-]+",
        ]
        let grammar = try Regex("(" + shapes.joined(separator: "|") + ")")
        for line in graph(name).mermaid.split(separator: "\n") {
            #expect(line.wholeMatch(of: grammar) != nil, "\(line)")
        }
    }

    /// A rectangle of a picture.
    private struct Box {
        var left: Int
        var top: Int
        var right: Int
        var bottom: Int

        func isClear(of other: Box) -> Bool {
            right <= other.left || other.right <= left || bottom <= other.top || other.bottom <= top
        }
    }

    @Test func `a picture of a thousand Pods has them all, none over another`() throws {
        var places = [Graph.Place(kind: .edge, name: "edge")]
        for number in 1...3 { places.append(Graph.Place(kind: .node, name: "node-\(number)")) }
        for number in 0..<1000 {
            places.append(Graph.Place(kind: .pod, name: "web/pod-\(number)", node: "node-\(number % 3 + 1)"))
        }
        let svg = Graph(title: "many", places: places, links: [], services: []).svg
        var boxes: [Box] = []
        for match in svg.matches(of: #/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/#) {
            let left = try #require(Int(match.1))
            let top = try #require(Int(match.2))
            let width = try #require(Int(match.3))
            let height = try #require(Int(match.4))
            boxes.append(Box(left: left, top: top, right: left + width, bottom: top + height))
        }
        #expect(boxes.count == 1004)
        for (index, box) in boxes.enumerated() {
            let isClear = boxes[(index + 1)...].allSatisfy { box.isClear(of: $0) }
            #expect(isClear)
        }
    }
}
