// SPDX-License-Identifier: Apache-2.0

extension OpenAPIDescriptions {
    /// Nodes, namespaces, configuration and events.
    static let others = [
        "core.v1.Namespace": """
        A part of the cluster with names of its own. Deleting it deletes all that is in it.
        spec: What holds its end up.
        status: Whether it is there to stay.
        """,
        "core.v1.NamespaceSpec": """
        What holds the namespace's end up.
        finalizers: kubernetes, until all that is in it is gone.
        """,
        "core.v1.NamespaceStatus": """
        Whether a namespace is there to stay.
        phase: Active, or Terminating once its deletion was asked for.
        conditions: What holds its end up.
        """,
        "core.v1.Node": """
        A machine that runs Pods: in a lab, a network namespace with rules, routes and links of its own.
        spec: What the node is for.
        status: How it fares.
        """,
        "core.v1.NodeSpec": """
        What a node is for.
        podCIDR: The range of its Pods' addresses.
        podCIDRs: The ranges of its Pods' addresses, one a family.
        providerID: What a cloud knows the node by.
        unschedulable: Whether new Pods go elsewhere: kubectl cordon sets it.
        taints: What keeps Pods away that do not tolerate it.
        """,
        "core.v1.Taint": """
        What keeps Pods off a node.
        key: Its name.
        value: Its value.
        effect: NoSchedule for new Pods, PreferNoSchedule if there is room elsewhere, NoExecute for running ones too.
        timeAdded: When a NoExecute taint was added.
        """,
        "core.v1.NodeStatus": """
        How a node fares.
        capacity: What it has.
        allocatable: What of it Pods may have.
        conditions: Aspects of its state; a node whose Ready is not True loses its Pods.
        addresses: Its addresses and its host name.
        nodeInfo: Its kernel and versions: those of this machine and of the lab.
        """,
        "core.v1.ConfigMap": """
        Values for Pods, which become files or environment variables.
        data: The values, by name.
        binaryData: Values that are no text, in base64.
        immutable: Whether the values may change no more.
        """,
        "core.v1.Secret": """
        Values for Pods that not everyone should see. In a lab they are no better kept than a ConfigMap's.
        data: The values, by name, in base64.
        stringData: Values as plain text. The server moves them into data, and never shows them here.
        type: What the values are for; which names are needed depends on it.
        immutable: Whether the values may change no more.
        """,
        "core.v1.ServiceAccount": """
        Whom a Pod's processes are to the API.
        secrets: Secrets that its Pods may use.
        imagePullSecrets: Credentials for images. A lab pulls none.
        automountServiceAccountToken: Whether Pods get its token, if they do not say themselves.
        """,
        "core.v1.Event": """
        Something that happened to an object, for people to read.
        involvedObject: The object that it happened to.
        reason: One word for it, as Scheduled.
        message: A sentence about it.
        source: Who tells of it.
        firstTimestamp: When it happened first.
        lastTimestamp: When it happened last.
        count: How often it happened.
        type: Normal or Warning.
        eventTime: When it happened, exactly.
        series: Its repetitions.
        action: What was done about it.
        related: Another object that has to do with it.
        reportingComponent: Who tells of it, as kubelet.
        reportingInstance: Which one of these tells of it.
        """,
        "core.v1.ObjectReference": """
        A reference to an object.
        kind: The object's kind.
        namespace: The object's namespace.
        name: The object's name.
        uid: The object's uid.
        apiVersion: The object's group and version.
        resourceVersion: The version that is meant.
        fieldPath: The part of the object that is meant.
        """,
        "networking.v1.NetworkPolicy": """
        Which connections Pods may make and take. A lab keeps it without effect.
        """,
        "networking.v1.Ingress": """
        How HTTP requests from outside are led to Services. A lab keeps it without effect.
        """,
        "coordination.v1.Lease": """
        Who holds something that only one may hold, and until when.
        """,
        "autoscaling.v1.Scale": """
        How many Pods something has: the subresource scale.
        """,
        "autoscaling.v1.ScaleSpec": """
        How many Pods something should have.
        replicas: The number.
        """,
        "apiextensions.v1.CustomResourceDefinition": """
        A kind of your own. The lab serves its objects, keeps them, and does nothing with them.
        """,
    ]
}
