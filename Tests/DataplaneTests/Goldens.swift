// SPDX-License-Identifier: Apache-2.0

/// What texts have to look like, in full.
///
/// The tables were given to `nft -f` (nftables 1.0.6) and read back with `nft list table`: it prints the same, but for the
/// order of elements and their packing into lines. (The two rules that look a priority up come by netlink alone: `nft list`
/// prints them, but to `nft -f` a priority is of another type than a mark.)
enum Goldens {
    static let node = """
        table ip lab {
        	map service-ips {
        		type ipv4_addr . inet_proto . inet_service : mark
        		comment "address and port of a Service, to its pool"
        		elements = { 10.96.0.10 . tcp . 80 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)" : 0x00000001,
        			     10.96.0.11 . udp . 53 comment "Service web/empty" : 0x0000002a,
        			     203.0.113.10 . tcp . 80 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)" : 0x00000001 }
        	}

        	map pools {
        		type mark : mark
        		comment "pool, to the number of its endpoints"
        		elements = { 0x00000001 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)" : 0x00000002 }
        	}

        	map draws {
        		type mark : verdict
        		comment "number of endpoints, to the draw among them"
        		elements = { 0x00000002 comment "lab: draws one of 2 endpoints" : goto pick-2 }
        	}

        	map endpoints {
        		type mark . mark : ipv4_addr . inet_service
        		comment "pool and slot, to the endpoint"
        		elements = { 0x00000001 . 0x00000000 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)" : 10.244.1.10 . 8080,
        			     0x00000001 . 0x00000001 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)" : 10.244.2.11 . 8080 }
        	}

        	map service-nodeports {
        		type inet_proto . inet_service : mark
        		comment "node port, to its pool"
        		elements = { tcp . 30080 comment "Service web/hello spec.ports[0].nodePort" : 0x00000001 }
        	}

        	set no-endpoint-services {
        		type ipv4_addr . inet_proto . inet_service
        		comment "Services without endpoints"
        		elements = { 10.96.0.11 . udp . 53 comment "Service web/empty" }
        	}

        	set no-endpoint-nodeports {
        		type inet_proto . inet_service
        		comment "node ports without endpoints"
        	}

        	set cluster-ips {
        		type ipv4_addr
        		comment "cluster addresses in use"
        		elements = { 10.96.0.10 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)",
        			     10.96.0.11 comment "Service web/empty" }
        	}

        	set nodeport-ips {
        		type ipv4_addr
        		comment "addresses where node ports answer"
        		elements = { 172.18.0.2 comment "lab: the node's address, where node ports answer" }
        	}

        	set hairpin {
        		type ipv4_addr . ipv4_addr
        		comment "Pods of this node, each to itself"
        		elements = { 10.244.1.10 . 10.244.1.10 comment "Pod web/a status.podIP" }
        	}

        	chain services {
        		meta mark set 0x00000000 comment "lab: no pool as yet"
        		meta mark set ip daddr . meta l4proto . th dport map @service-ips comment "lab: finds the pool of a Service's address and port"
        		ip daddr @nodeport-ips meta mark set meta l4proto . th dport map @service-nodeports comment "lab: finds the pool of a node port"
        		meta priority set meta mark map @pools meta priority vmap @draws comment "lab: draws among the pool's endpoints"
        	}

        	chain deliver {
        		dnat ip to meta mark . meta priority map @endpoints comment "lab: sends the connection to the endpoint that was drawn"
        	}

        	chain masquerading {
        		ct status dnat ip saddr . ip daddr @hairpin masquerade comment "lab: a Pod that reaches itself through a Service would answer itself directly"
        		ct status dnat ip saddr != 10.244.0.0/16 masquerade comment "lab: replies to a client outside the Pod range must come back through this node"
        		ct status dnat ct original ip daddr != 10.96.0.0/16 masquerade comment "lab: replies for a node port or external address must come back through this node"
        	}

        	chain endpoints-check {
        		ip daddr . meta l4proto . th dport @no-endpoint-services reject comment "lab: a Service without endpoints"
        		ip daddr @nodeport-ips meta l4proto . th dport @no-endpoint-nodeports reject comment "lab: a node port without endpoints"
        	}

        	chain cluster-ips-check {
        		ip daddr @cluster-ips reject comment "lab: a port that the Service does not have"
        		ip daddr 10.96.0.0/16 drop comment "lab: an address of the Service range that no Service has"
        	}

        	chain nat-prerouting {
        		type nat hook prerouting priority dstnat; policy accept;
        		jump services comment "lab: connections to Services"
        	}

        	chain nat-output {
        		type nat hook output priority -100; policy accept;
        		jump services comment "lab: connections to Services"
        	}

        	chain nat-postrouting {
        		type nat hook postrouting priority srcnat; policy accept;
        		jump masquerading comment "lab: source addresses"
        	}

        	chain filter-input {
        		type filter hook input priority filter; policy accept;
        		ct state new jump endpoints-check comment "lab: Services that have no endpoints"
        	}

        	chain filter-forward {
        		type filter hook forward priority filter; policy accept;
        		ct state new jump endpoints-check comment "lab: Services that have no endpoints"
        		ct state new jump cluster-ips-check comment "lab: what no Service took"
        	}

        	chain filter-output {
        		type filter hook output priority filter; policy accept;
        		ct state new jump endpoints-check comment "lab: Services that have no endpoints"
        		ct state new jump cluster-ips-check comment "lab: what no Service took"
        	}

        	chain pick-2 {
        		meta priority set numgen random mod 2 goto deliver comment "lab: draws one of 2 endpoints"
        	}
        }

        """

    static let edge = """
        table ip lab {
        	map service-ips {
        		type ipv4_addr . inet_proto . inet_service : mark
        		comment "address and port of a Service, to its pool"
        	}

        	map pools {
        		type mark : mark
        		comment "pool, to the number of its endpoints"
        	}

        	map draws {
        		type mark : verdict
        		comment "number of endpoints, to the draw among them"
        	}

        	map endpoints {
        		type mark . mark : ipv4_addr . inet_service
        		comment "pool and slot, to the endpoint"
        	}

        	chain services {
        		meta mark set 0x00000000 comment "lab: no pool as yet"
        		meta mark set ip daddr . meta l4proto . th dport map @service-ips comment "lab: finds the pool of a Service's address and port"
        		meta priority set meta mark map @pools meta priority vmap @draws comment "lab: draws among the pool's endpoints"
        	}

        	chain deliver {
        		dnat ip to meta mark . meta priority map @endpoints comment "lab: sends the connection to the endpoint that was drawn"
        	}

        	chain nat-prerouting {
        		type nat hook prerouting priority dstnat; policy accept;
        		ip daddr 203.0.113.0/24 jump services comment "lab: connections to the load balancer's addresses"
        	}

        	chain nat-output {
        		type nat hook output priority -100; policy accept;
        		ip daddr 203.0.113.0/24 jump services comment "lab: connections to the load balancer's addresses"
        	}
        }

        """

    static let journey = """
        tcp 172.18.0.254:40000 → 172.18.0.4:30080 from host  (1/2 of such connections)
          host    lab0    sends it along the route 172.18.0.0/24 via 172.18.0.1 dev lab0
          edge    host    receives it
          edge    node-3  sends it along the route 172.18.0.4 dev node-3
          node-3  eth0    receives it
          node-3          finds { tcp . 30080 : 0x00000001 }, which is Service web/web spec.ports[0]
          node-3          draws 1 of 2
          node-3          translates the destination 172.18.0.4:30080 to 10.244.1.10:8080
          node-3          translates the source 172.18.0.254:40000 to 172.18.0.4:40000
          node-3  eth0    sends it along the route default via 172.18.0.1 dev eth0
          edge    node-3  receives it
          edge    node-1  sends it along the route 10.244.1.0/24 via 172.18.0.2 dev node-1
          node-1  eth0    receives it
          node-1  pod10   sends it along the route 10.244.1.10 dev pod10
          web/a   eth0    receives it
          web/a           delivers it to 10.244.1.10:8080, where the client is seen as 172.18.0.4:40000

        """
}
