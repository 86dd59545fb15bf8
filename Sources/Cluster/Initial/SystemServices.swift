// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// The Services that a cluster has of its own, and the objects that show its Service range.
extension Cluster {
    /// D26: the API server as a Service, at the first address of the range, with the control plane as its endpoint. What
    /// of the three objects is missing is made, as a real API server does when someone has deleted it.
    mutating func provideKubernetesService(now: Timestamp) {
        let address = Topology(configuration).controlPlaneAddress
        let port: Value = ["name": "https", "port": 6443, "protocol": "TCP"]
        if store[ObjectKey("Service", "default", "kubernetes")] == nil {
            var service = Object(apiVersion: "v1", kind: "Service", namespace: "default", name: "kubernetes")
            service.labels = ["component": "apiserver", "provider": "kubernetes"]
            service.spec = [
                "clusterIP": .string(configuration.serviceRange.address.advanced(by: 1).description),
                "ports": [["name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443]], "type": "ClusterIP",
            ]
            makeOwnService(service, now: now)
        }
        if store[ObjectKey("Endpoints", "default", "kubernetes")] == nil {
            var endpoints = Object(apiVersion: "v1", kind: "Endpoints", namespace: "default", name: "kubernetes")
            endpoints.labels = ["endpointslice.kubernetes.io/skip-mirror": "true"]
            endpoints.value["subsets"] = [["addresses": [["ip": .string(address.description)]], "ports": [port]]]
            create(endpoints, now: now)
        }
        if store[ObjectKey("EndpointSlice", "default", "kubernetes")] == nil {
            var slice = Object(
                apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: "default", name: "kubernetes")
            slice.labels = [EndpointSliceController.serviceName: "kubernetes"]
            slice.value["addressType"] = .string(address.family.rawValue)
            slice.value["endpoints"] = [
                ["addresses": [.string(address.description)], "conditions": ["ready": true]]
            ]
            slice.value["ports"] = [port]
            create(slice, now: now)
        }
    }

    /// Two Pods that answer for names, as kubeadm has them: an ordinary Deployment, so that one that dies is replaced. What
    /// answers at their port 53 is the lab itself.
    static let nameServers = {
        let labels: Value = ["k8s-app": "kube-dns"]
        var deployment = Object(apiVersion: "apps/v1", kind: "Deployment", namespace: "kube-system", name: "coredns")
        deployment.labels = ["k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS"]
        deployment.spec = [
            "replicas": 2, "selector": ["matchLabels": labels],
            "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 1]],
            "template": [
                "metadata": ["labels": labels],
                "spec": [
                    "containers": [
                        [
                            "name": "coredns", "image": "lab/coredns",
                            "ports": [
                                ["name": "dns", "containerPort": 53, "protocol": "UDP"],
                                ["name": "dns-tcp", "containerPort": 53, "protocol": "TCP"],
                                ["name": "metrics", "containerPort": 9153, "protocol": "TCP"],
                            ],
                        ]
                    ], "dnsPolicy": "Default", "enableServiceLinks": false,
                    "priorityClassName": "system-cluster-critical", "terminationGracePeriodSeconds": 1,
                    "tolerations": [
                        ["key": "CriticalAddonsOnly", "operator": "Exists"],
                        ["key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"],
                    ],
                ],
            ],
        ]
        return deployment
    }()

    /// `kube-dns` at the tenth address of the range. Its Pods are those that have its label.
    mutating func makeNameService(now: Timestamp) {
        var service = Object(apiVersion: "v1", kind: "Service", namespace: "kube-system", name: "kube-dns")
        service.labels = [
            "k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS",
        ]
        service.spec = [
            "clusterIP": .string(configuration.serviceRange.address.advanced(by: 10).description),
            "ports": [
                ["name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53],
                ["name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53],
            ], "selector": ["k8s-app": "kube-dns"], "type": "ClusterIP",
        ]
        makeOwnService(service, now: now)
    }

    private mutating func makeOwnService(_ service: Object, now: Timestamp) {
        var service = service.defaulted()
        // Someone else may have the address by now: then the Service waits for the next time that it is looked for.
        guard allocations.settle(&service, replacing: nil, &numbers).isEmpty else { return allocations.rollBack() }
        allocations.commit()
        create(service, now: now)
    }

    /// D22: the range as an object.
    mutating func makeServiceRange(now: Timestamp) {
        var range = Object(apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", name: "kubernetes")
        range.spec = ["cidrs": .array(configuration.ranges.map { .string($0.services.description) })]
        range.set(Condition("Ready", true, message: "Kubernetes Service CIDR is ready"), now: now)
        create(range, now: now)
    }

    /// D22: each cluster IP as an object, which comes and goes with the Service that has it.
    mutating func recordAddresses(of old: Object?, _ new: Object?, now: Timestamp) {
        let before = Set(old.map { Service($0).clusterAddresses } ?? [])
        let after = Set(new.map { Service($0).clusterAddresses } ?? [])
        guard before != after else { return }
        for address in before.subtracting(after).sorted() {
            let key = ObjectKey("IPAddress", "", address.description)
            if let event = store.remove(key) { observe(event, now: now) }
        }
        guard let new else { return }
        for address in after.subtracting(before).sorted()
        where store[ObjectKey("IPAddress", "", address.description)] == nil {
            var object = Object(apiVersion: "networking.k8s.io/v1", kind: "IPAddress", name: address.description)
            object.labels = [
                "ipaddress.kubernetes.io/ip-family": address.family.rawValue,
                "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
            ]
            object.spec = [
                "parentRef": [
                    "group": "", "resource": "services", "namespace": .string(new.namespace), "name": .string(new.name),
                ]
            ]
            create(object, now: now)
        }
    }
}
