// SPDX-License-Identifier: Apache-2.0

extension OpenAPIDescriptions {
    /// Pods as a whole.
    static let pods = [
        "core.v1.Pod": """
        Containers that share an address and run on one node. In a lab a Pod is network namespaces and processes of \
        this machine; images are stood in for by programs.
        spec: Which containers run, and how.
        status: How they fare. The lab writes it from what the processes do.
        """,
        "core.v1.PodTemplateSpec": """
        What Pods are made from.
        metadata: The labels and annotations of the Pods.
        spec: The Pods' containers and settings.
        """,
        "core.v1.PodSpec": """
        Which containers a Pod has, and how they run.
        volumes: Directories and files that containers may mount.
        initContainers: Containers that run before the others, one after the other. One with restartPolicy Always is a \
        sidecar, which goes on running.
        containers: The containers that make the Pod. All share its address. They cannot be added or removed later.
        ephemeralContainers: Containers that were added to the running Pod for a look at it.
        restartPolicy: When an ended container is started again: Always, OnFailure or Never.
        terminationGracePeriodSeconds: How many seconds the processes have after SIGTERM, before SIGKILL; 30 if it is \
        not set.
        activeDeadlineSeconds: After how many seconds the Pod is ended as failed.
        dnsPolicy: Where the Pod's resolv.conf comes from: the cluster's DNS, the node's, or dnsConfig alone.
        nodeSelector: Labels that the Pod's node must have.
        serviceAccountName: The ServiceAccount whose token the containers get; default if it is not set.
        serviceAccount: The older name of serviceAccountName.
        automountServiceAccountToken: Whether containers get the ServiceAccount's token.
        nodeName: The node that the Pod is on. The lab's scheduler writes it, unless it is given.
        hostNetwork: Whether the containers share the node's network namespace, in a lab the node's own namespace.
        hostPID: Whether the containers see the node's processes. A lab keeps it without effect.
        hostIPC: Whether the containers share the node's memory segments. A lab keeps it without effect.
        shareProcessNamespace: Whether the containers see each other's processes.
        securityContext: As whom the containers run.
        imagePullSecrets: Credentials for images. A lab pulls none.
        hostname: The host name that the containers see; the Pod's name if it is not set.
        subdomain: The headless Service below whose name the Pod has one of its own.
        affinity: Which nodes and which neighbours the scheduler prefers, or must have.
        schedulerName: Who chooses the node. The lab's scheduler chooses for default-scheduler.
        tolerations: Taints of nodes that the Pod puts up with.
        hostAliases: Further lines of the containers' /etc/hosts.
        priorityClassName: How important the Pod is, by the name of a PriorityClass.
        priority: How important the Pod is, as a number.
        dnsConfig: What is added to the Pod's resolv.conf.
        readinessGates: Conditions that must be true too before the Pod is ready. Others write them.
        runtimeClassName: How containers are run, by the name of a RuntimeClass. A lab has one way.
        enableServiceLinks: Whether containers get an environment variable for each Service; true if it is not set.
        preemptionPolicy: Whether the Pod may push others off a node. A lab never does.
        overhead: What the Pod takes beyond its containers.
        topologySpreadConstraints: How evenly Pods are spread over nodes or zones.
        setHostnameAsFQDN: Whether the host name is the whole DNS name.
        hostUsers: Whether the containers have the users of the node. A lab keeps it without effect.
        os: The operating system that the containers need; in a lab it is linux.
        schedulingGates: What must be taken away before the scheduler looks at the Pod.
        resourceClaims: Devices that the containers use. A lab has none.
        resources: What all containers together ask for.
        hostnameOverride: The host name that the containers see, whatever hostname and subdomain say.
        """,
        "core.v1.PodStatus": """
        How a Pod fares.
        observedGeneration: The generation of the Pod that the status is about.
        phase: Where the Pod is in its life: Pending, Running, Succeeded, Failed.
        conditions: Aspects of its state, as PodScheduled and Ready.
        message: A sentence that says why it is so.
        reason: A word that says why it is so.
        nominatedNodeName: The node that the Pod waits for.
        hostIP: The node's address.
        hostIPs: The node's addresses, one a family.
        podIP: The Pod's address.
        podIPs: The Pod's addresses, one a family.
        startTime: When the node took the Pod.
        initContainerStatuses: How the init containers fare.
        containerStatuses: How the containers fare.
        qosClass: What is taken from whom when memory is short: Guaranteed, Burstable, BestEffort.
        """,
        "core.v1.PodCondition": """
        One aspect of a Pod's state.
        type: Which aspect: PodScheduled, Initialized, ContainersReady, Ready, or a readiness gate.
        status: True, False or Unknown.
        lastProbeTime: Not written.
        lastTransitionTime: When the status changed last.
        reason: One word that says why.
        message: A sentence that says why.
        """,
        "core.v1.ContainerStatus": """
        How a container fares.
        name: The container's name.
        state: What it does now: waiting, running or terminated.
        lastState: How its run before this one ended.
        ready: Whether it takes connections: its readiness probe answers.
        restartCount: How often it was started again.
        image: The image that it was asked to run.
        imageID: What stands in for the image.
        containerID: What tells this run from others.
        started: Whether its startup probe has answered.
        """,
        "core.v1.Toleration": """
        A taint that the Pod puts up with.
        key: The taint's key; empty for all.
        operator: Exists for any value, Equal for value; Equal if it is not set.
        value: The taint's value.
        effect: The taint's effect; empty for all.
        tolerationSeconds: For NoExecute: how long the Pod stays.
        """,
        "core.v1.HostAlias": """
        A line of /etc/hosts.
        ip: The address.
        hostnames: The names.
        """,
        "core.v1.PodDNSConfig": """
        What is added to a Pod's resolv.conf.
        nameservers: Addresses of name servers.
        searches: Domains that are tried after short names.
        options: Options, as ndots.
        """,
        "core.v1.Volume": """
        Something that containers may mount. A lab mounts the kinds that are described here.
        name: The name by which volumeMounts refer to it.
        emptyDir: A directory that is empty at first, and lives as long as the Pod.
        configMap: The values of a ConfigMap, each a file.
        secret: The values of a Secret, each a file.
        downwardAPI: Fields of the Pod, each a file.
        projected: Several of these in one directory.
        hostPath: A path of this machine, which containers may only read.
        persistentVolumeClaim: Storage by the name of a PersistentVolumeClaim: a directory that lives as long as the claim.
        """,
    ]
}
