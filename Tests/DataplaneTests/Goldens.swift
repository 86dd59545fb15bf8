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
        		comment "cluster address and port of a Service, to its pool"
        		elements = { 10.96.0.10 . tcp . 80 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)" : 0x00000001,
        			     10.96.0.11 . udp . 53 comment "Service web/empty" : 0x0000002a }
        	}

        	map external-ips {
        		type ipv4_addr . inet_proto . inet_service : mark
        		comment "external address and port of a Service, to its pool"
        		elements = { 203.0.113.10 . tcp . 80 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)" : 0x00000001 }
        	}

        	map pools {
        		type mark : mark
        		comment "pool, to the number of its endpoints; with affinity, to 0x80000000 and the timeout"
        		elements = { 0x00000001 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)" : 0x00000002 }
        	}

        	map draws {
        		type mark : verdict
        		comment "number of endpoints, to the draw among them; timeout, to what remembers clients"
        		elements = { 0x00000002 comment "lab: draws one of 2 endpoints" : jump pick-2 }
        	}

        	map endpoints {
        		type mark . mark : ipv4_addr . inet_service
        		comment "pool and slot, to the endpoint; with affinity, pool and the endpoint's number"
        		elements = { 0x00000001 . 0x00000000 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)" : 10.244.1.10 . 8080,
        			     0x00000001 . 0x00000001 comment "Service web/hello spec.ports[0] (Labs/hello.yaml:31)" : 10.244.2.11 . 8080 }
        	}

        	map sticky-pools {
        		type mark : mark
        		comment "pool with affinity, to the number of its endpoints"
        	}

        	map sticky-draws {
        		type mark : verdict
        		comment "number of endpoints, to the draw among them, for what remembers clients"
        	}

        	map sticky-slots {
        		type mark . mark : mark
        		comment "pool with affinity and slot, to the endpoint's number"
        	}

        	set firewall-ips {
        		type ipv4_addr . inet_proto . inet_service
        		comment "load balancer's addresses that not everyone may use"
        	}

        	set allowed-sources {
        		type ipv4_addr . inet_proto . inet_service . ipv4_addr
        		flags interval
        		comment "who may use them"
        	}

        	map service-nodeports {
        		type inet_proto . inet_service : mark
        		comment "node port, to its pool"
        		elements = { tcp . 30080 comment "Service web/hello spec.ports[0].nodePort" : 0x00000001 }
        	}

        	map local-ips {
        		type ipv4_addr . inet_proto . inet_service : mark
        		comment "external address and port with policy Local, to the pool of local endpoints"
        	}

        	map local-nodeports {
        		type inet_proto . inet_service : mark
        		comment "node port with policy Local, to the pool of local endpoints"
        	}

        	map host-ports {
        		type inet_proto . inet_service : mark
        		comment "port of the node that a Pod has"
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

        	set no-local-endpoint-services {
        		type ipv4_addr . inet_proto . inet_service
        		comment "Services with policy Local and no endpoint here"
        	}

        	set no-local-endpoint-nodeports {
        		type inet_proto . inet_service
        		comment "node ports with policy Local and no endpoint here"
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

        	chain deliver {
        		dnat ip to meta mark . meta priority map @endpoints comment "lab: sends the connection to the endpoint that was drawn"
        	}

        	chain sticky-draw {
        		meta priority set meta mark map @sticky-pools meta priority vmap @sticky-draws comment "lab: draws among the pool's endpoints"
        		meta priority set meta mark . meta priority map @sticky-slots comment "lab: finds the number of the endpoint, which it keeps whatever its slot"
        	}

        	chain balance {
        		meta priority set meta mark map @pools meta priority vmap @draws comment "lab: draws among the pool's endpoints"
        		goto deliver comment "lab: that was the slot"
        	}

        	chain external {
        		ip daddr . meta l4proto . th dport @firewall-ips ip daddr . meta l4proto . th dport . ip saddr != @allowed-sources drop comment "lab: not from an address that may use the load balancer"
        		meta priority set ip daddr . meta l4proto . th dport map @local-ips ct mark set 0x00000001 comment "lab: policy Local keeps the source address"
        		ip saddr != 10.244.0.0/16 meta mark set ip daddr . meta l4proto . th dport map @local-ips comment "lab: policy Local sends what comes from outside to this node's endpoints"
        		goto balance comment "lab: the pool is known"
        	}

        	chain external-output {
        		ip daddr . meta l4proto . th dport @firewall-ips ip daddr . meta l4proto . th dport . ip saddr != @allowed-sources drop comment "lab: not from an address that may use the load balancer"
        		goto balance comment "lab: the node itself may use all endpoints"
        	}

        	chain nodeports {
        		meta mark set meta l4proto . th dport map @host-ports ct mark set 0x00000001 goto balance comment "lab: a Pod has this port of the node"
        		meta priority set meta l4proto . th dport map @local-nodeports ct mark set 0x00000001 comment "lab: policy Local keeps the source address"
        		ip saddr != 10.244.0.0/16 meta mark set meta l4proto . th dport map @local-nodeports goto balance comment "lab: policy Local sends what comes from outside to this node's endpoints"
        		meta mark set meta l4proto . th dport map @service-nodeports goto balance comment "lab: finds the pool of a node port"
        	}

        	chain nodeports-output {
        		meta mark set meta l4proto . th dport map @host-ports goto balance comment "lab: a Pod has this port of the node"
        		meta mark set meta l4proto . th dport map @service-nodeports goto balance comment "lab: finds the pool of a node port"
        	}

        	chain masquerading {
        		ip saddr . ip daddr @hairpin masquerade comment "lab: a Pod that reaches itself through a Service would answer itself directly"
        		ip saddr 10.244.0.0/16 ct original ip daddr 10.96.0.0/16 return comment "lab: a Pod that uses a cluster address is seen as itself"
        		ct mark 0x00000001 return comment "lab: the source address is to be kept"
        		masquerade comment "lab: replies must come back through this node"
        	}

        	chain nodeports-check {
        		meta l4proto . th dport @no-endpoint-nodeports reject comment "lab: a node port without endpoints"
        		meta l4proto . th dport @no-local-endpoint-nodeports drop comment "lab: a node port with policy Local, and no endpoint here"
        	}

        	chain endpoints-check {
        		ip daddr . meta l4proto . th dport @no-endpoint-services reject comment "lab: a Service without endpoints"
        		ip daddr . meta l4proto . th dport @no-local-endpoint-services drop comment "lab: a Service with policy Local, and no endpoint here"
        		ip daddr @nodeport-ips goto nodeports-check comment "lab: the node's own ports"
        	}

        	chain cluster-ips-check {
        		ip daddr @cluster-ips reject comment "lab: a port that the Service does not have"
        		ip daddr 10.96.0.0/16 drop comment "lab: an address of the Service range that no Service has"
        	}

        	chain unanswered {
        		ct status dnat return comment "lab: a Service took it"
        		jump endpoints-check comment "lab: Services that have no endpoints"
        		goto cluster-ips-check comment "lab: what no Service took"
        	}

        	chain nat-prerouting {
        		type nat hook prerouting priority dstnat; policy accept;
        		meta mark set ip daddr . meta l4proto . th dport map @service-ips goto balance comment "lab: finds the pool of a cluster address and port"
        		meta mark set ip daddr . meta l4proto . th dport map @external-ips goto external comment "lab: finds the pool of an external address and port"
        		ip daddr @nodeport-ips goto nodeports comment "lab: connections to the node's own ports"
        	}

        	chain nat-output {
        		type nat hook output priority -100; policy accept;
        		meta mark set ip daddr . meta l4proto . th dport map @service-ips goto balance comment "lab: finds the pool of a cluster address and port"
        		meta mark set ip daddr . meta l4proto . th dport map @external-ips goto external-output comment "lab: finds the pool of an external address and port"
        		ip daddr @nodeport-ips goto nodeports-output comment "lab: connections to the node's own ports"
        	}

        	chain nat-postrouting {
        		type nat hook postrouting priority srcnat; policy accept;
        		ct status dnat jump masquerading comment "lab: source addresses of what Services took"
        	}

        	chain filter-input {
        		type filter hook input priority filter; policy accept;
        		ct state new jump unanswered comment "lab: connections that no Service took"
        	}

        	chain filter-forward {
        		type filter hook forward priority filter; policy accept;
        		ct state new jump unanswered comment "lab: connections that no Service took"
        	}

        	chain filter-output {
        		type filter hook output priority filter; policy accept;
        		ct state new jump unanswered comment "lab: connections that no Service took"
        	}

        	chain pick-2 {
        		meta priority set numgen random mod 2 comment "lab: draws one of 2 endpoints"
        	}
        }

        """

    static let edge = """
        table ip lab {
        	map external-ips {
        		type ipv4_addr . inet_proto . inet_service : mark
        		comment "external address and port of a Service, to its pool"
        	}

        	map pools {
        		type mark : mark
        		comment "pool, to the number of its endpoints; with affinity, to 0x80000000 and the timeout"
        	}

        	map draws {
        		type mark : verdict
        		comment "number of endpoints, to the draw among them; timeout, to what remembers clients"
        	}

        	map endpoints {
        		type mark . mark : ipv4_addr . inet_service
        		comment "pool and slot, to the endpoint; with affinity, pool and the endpoint's number"
        	}

        	map sticky-pools {
        		type mark : mark
        		comment "pool with affinity, to the number of its endpoints"
        	}

        	map sticky-draws {
        		type mark : verdict
        		comment "number of endpoints, to the draw among them, for what remembers clients"
        	}

        	map sticky-slots {
        		type mark . mark : mark
        		comment "pool with affinity and slot, to the endpoint's number"
        	}

        	set firewall-ips {
        		type ipv4_addr . inet_proto . inet_service
        		comment "load balancer's addresses that not everyone may use"
        	}

        	set allowed-sources {
        		type ipv4_addr . inet_proto . inet_service . ipv4_addr
        		flags interval
        		comment "who may use them"
        	}

        	set node-ips {
        		type ipv4_addr
        		comment "the nodes"
        	}

        	chain deliver {
        		dnat ip to meta mark . meta priority map @endpoints comment "lab: sends the connection to the endpoint that was drawn"
        	}

        	chain sticky-draw {
        		meta priority set meta mark map @sticky-pools meta priority vmap @sticky-draws comment "lab: draws among the pool's endpoints"
        		meta priority set meta mark . meta priority map @sticky-slots comment "lab: finds the number of the endpoint, which it keeps whatever its slot"
        	}

        	chain balance {
        		meta priority set meta mark map @pools meta priority vmap @draws comment "lab: draws among the pool's endpoints"
        		goto deliver comment "lab: that was the slot"
        	}

        	chain external {
        		ip daddr . meta l4proto . th dport @firewall-ips ip daddr . meta l4proto . th dport . ip saddr != @allowed-sources drop comment "lab: not from an address that may use the load balancer"
        		goto balance comment "lab: the pool is known"
        	}

        	chain masquerading {
        		ip saddr @node-ips masquerade comment "lab: replies to a Pod or a node must come back through the load balancer"
        	}

        	chain nat-prerouting {
        		type nat hook prerouting priority dstnat; policy accept;
        		ip daddr 203.0.113.0/24 meta mark set ip daddr . meta l4proto . th dport map @external-ips goto external comment "lab: connections to the load balancer's addresses"
        	}

        	chain nat-output {
        		type nat hook output priority -100; policy accept;
        		ip daddr 203.0.113.0/24 meta mark set ip daddr . meta l4proto . th dport map @external-ips goto external comment "lab: connections to the load balancer's addresses"
        	}

        	chain nat-postrouting {
        		type nat hook postrouting priority srcnat; policy accept;
        		ct status dnat jump masquerading comment "lab: source addresses of what Services took"
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

    /// What one Service has in a node's table, as `lab rules NODE --service NAME` prints it; `nft -c -f` takes it.
    static let excerpt = """
        # What nft lists and does not read back stands here as it reads it: numbers of meta priority have the type classid, and a translation names its protocols. The kernel has the same either way.
        table ip lab {
            map service-ips {
                type ipv4_addr . inet_proto . inet_service : mark
                comment "cluster address and port of a Service, to its pool"
                elements = {
                    10.96.0.10 . tcp . 80 : 0x00000007   # Service web/hello spec.ports[0] (hello.yaml:31)
                }
            }
            map pools {
                type mark : classid
                comment "pool, to the number of its endpoints; with affinity, to 0x80000000 and the timeout"
                elements = {
                    0x00000007 : 0x00000002   # Service web/hello spec.ports[0] (hello.yaml:31)
                }
            }
            map draws {
                type classid : verdict
                comment "number of endpoints, to the draw among them; timeout, to what remembers clients"
                elements = {
                    0x00000002 : jump pick-2   # lab: draws one of 2 endpoints
                }
            }
            map endpoints {
                type mark . classid : ipv4_addr . inet_service
                comment "pool and slot, to the endpoint; with affinity, pool and the endpoint's number"
                elements = {
                    0x00000007 . 0x00000000 : 10.244.1.10 . 8080,  # Service web/hello spec.ports[0] (hello.yaml:31)
                    0x00000007 . 0x00000001 : 10.244.2.11 . 8080   # Service web/hello spec.ports[0] (hello.yaml:31)
                }
            }
            set cluster-ips {
                type ipv4_addr
                comment "cluster addresses in use"
                elements = {
                    10.96.0.10   # Service web/hello spec.ports[0] (hello.yaml:31)
                }
            }
            chain pick-2 {
                meta priority set numgen random mod 2   # lab: draws one of 2 endpoints
            }
        }

        """
}
