// SPDX-License-Identifier: Apache-2.0

/// Pictures of a small graph, in full: drawn with `dot -Tsvg`, with Mermaid and by a browser, and looked at.
enum GraphGoldens {
    static let dot = #"""
        graph lab {
          label="Lab web";
          labelloc=t; rankdir=TB; compound=true;
          node [shape=box, style="rounded,filled", fontname="monospace", fontsize=10];
          edge [fontname="monospace", fontsize=8];
          p0 [label="edge\n172.18.0.1", fillcolor="#e2d9f7"];
          p1 [label="node-1\n172.18.0.2\nzone web", fillcolor="#d9e6ff"];
          p2 [label="default/web\n10.244.0.2", fillcolor="#d8f3e0", style="rounded,filled,dashed"];
          p0 -- p1 [taillabel="node-1 172.18.0.1", headlabel="eth0 172.18.0.2"];
          p1 -- p2 [taillabel="pod2", headlabel="eth0 10.244.0.2"];
          s0 [label="default/web\nClusterIP\ncluster 10.96.0.10:80/TCP\nweb", shape=note, fillcolor="#fff3d6"];
          s0 -- p2 [style=dotted, color="#b7791f", constraint=false];
        }

        """#

    static let mermaid = #"""
        flowchart TB
          p0["edge<br/>172.18.0.1"]:::edge
          p1["node-1<br/>172.18.0.2<br/>zone web"]:::node
          subgraph pods_p1["Pods on node-1"]
            p2["default/web<br/>10.244.0.2"]:::unready
          end
          p0 ---|"node-1 172.18.0.1<br/>eth0 172.18.0.2"| p1
          p1 ---|"pod2<br/>eth0 10.244.0.2"| p2
          s0(["default/web<br/>ClusterIP<br/>cluster 10.96.0.10:80/TCP<br/>web"]):::service
          s0 -.->|not ready| p2
          classDef outside fill:#e8e8ee,stroke:#667,color:#111
          classDef edge fill:#e2d9f7,stroke:#64b,color:#111
          classDef node fill:#d9e6ff,stroke:#36c,color:#111
          classDef pod fill:#d8f3e0,stroke:#285,color:#111
          classDef unready fill:#eee,stroke:#a33,stroke-dasharray:4,color:#111
          classDef service fill:#fff3d6,stroke:#b7791f,color:#111

        """#

    /// Without its style.
    static let svg = #"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 569 448" width="569" height="448" role="img" aria-labelledby="title desc">
        <title id="title">Lab web</title>
        <desc id="desc">1 node, 1 Pod (0 ready), 1 Service, 2 links.</desc>
        <rect class="page" width="100%" height="100%"/>
        <text class="head" x="24" y="36">Lab web</text>
        <text class="dim" x="24" y="56">1 node, 1 Pod (0 ready), 1 Service, 2 links.</text>
        <g class="link"><title>edge node-1 172.18.0.1 – node-1 eth0 172.18.0.2</title><path d="M48 200V239H48V278"/><text class="label" x="54" y="258">node-1 172.18.0.1</text><text class="label" x="54" y="271">eth0 172.18.0.2</text></g>
        <g class="link"><title>node-1 pod2 – default/web eth0 10.244.0.2</title><path d="M42 339V351H42V393H60"/></g>
        <g class="group">
        <path class="to unready" d="M336 96C285 96 285 393 234 393"/>
        <g class="service"><title>Service default/web, ClusterIP</title><rect x="336" y="76" width="209" height="91" rx="5"/><text class="name" x="346" y="94">default/web</text><text class="line" x="346" y="109">ClusterIP</text><text class="line" x="346" y="124">cluster 10.96.0.10:80/TCP</text><text class="line" x="346" y="139">web</text><text class="line" x="346" y="154">→ 10.244.0.2:8080 not ready</text></g>
        </g>
        <g class="edge"><title>edge edge</title><rect x="24" y="154" width="240" height="46" rx="5"/><text class="name" x="34" y="172">edge</text><text class="line" x="34" y="187">172.18.0.1</text></g>
        <g class="node"><title>node node-1</title><rect x="24" y="278" width="169" height="61" rx="5"/><text class="name" x="34" y="296">node-1</text><text class="line" x="34" y="311">172.18.0.2</text><text class="line" x="34" y="326">zone web</text></g>
        <g class="pod unready"><title>pod default/web</title><rect x="60" y="363" width="174" height="61" rx="5"/><text class="name" x="70" y="381">web</text><text class="line" x="70" y="396">default</text><text class="line" x="70" y="411">eth0 10.244.0.2 – pod2</text></g>
        </svg>

        """#
}
