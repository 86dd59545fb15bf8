// SPDX-License-Identifier: Apache-2.0

extension OpenAPIDescriptions {
    /// Containers and their probes.
    static let containers = [
        "core.v1.Container": """
        One process of a Pod, with all that it starts. In a lab a program of this machine stands in for the image.
        name: The container's name, one of its kind in the Pod.
        image: The image. A lab pulls none: it runs the program that stands in for images of this name.
        command: The program and its first arguments, instead of the image's own.
        args: The arguments, instead of the image's own. $(NAME) stands for an environment variable.
        workingDir: The directory that the process starts in.
        ports: The ports that it listens on. They need not be listed to be reached; names make them a targetPort.
        envFrom: ConfigMaps and Secrets all of whose values become environment variables.
        env: Environment variables.
        resources: How much CPU and memory the container asks for, and may have at most.
        resizePolicy: Which resources can change without a restart.
        restartPolicy: For an init container, Always makes it a sidecar.
        restartPolicyRules: Exit codes after which the container is started again, or not.
        volumeMounts: Where the Pod's volumes appear.
        volumeDevices: Where the Pod's block devices appear. A lab has none.
        livenessProbe: How to see that the container is alive. It is started again when this fails.
        readinessProbe: How to see that the container takes connections. While it fails, the Pod is not among the \
        Service's endpoints.
        startupProbe: How to see that the container has started. The other probes wait for it.
        lifecycle: What is done after its start and before its end.
        terminationMessagePath: The file whose content becomes the message of its end.
        terminationMessagePolicy: Where that message comes from: the file, or after a failure also the log.
        imagePullPolicy: When the image is pulled. A lab pulls none.
        securityContext: As whom the process runs, and with which rights.
        stdin: Whether the process has a standard input, for kubectl attach -i.
        stdinOnce: Whether the input closes after the first client.
        tty: Whether the process has a terminal.
        """,
        "core.v1.ContainerPort": """
        A port that a container listens on.
        name: A name, by which a Service's targetPort and probes may refer to it.
        containerPort: The number.
        protocol: The transport protocol; TCP if it is not set.
        hostPort: A port of the node that leads to this one.
        hostIP: The node's address that hostPort is of; all if it is not set.
        """,
        "core.v1.Probe": """
        A question that the lab asks a container from time to time, from the Pod's node. One of exec, httpGet, \
        tcpSocket and grpc says how.
        exec: A command in the container, which should exit with 0.
        httpGet: An HTTP request, which should be answered with a status from 200 to 399.
        tcpSocket: A TCP connection, which should be taken.
        grpc: A gRPC health check, which should say SERVING.
        initialDelaySeconds: How many seconds after the container's start the first question is asked.
        timeoutSeconds: After how many seconds without an answer the probe has failed; 1 if it is not set.
        periodSeconds: How many seconds are between questions; 10 if it is not set.
        successThreshold: How many good answers in a row it takes after a failure; 1 if it is not set.
        failureThreshold: How many failures in a row it takes; 3 if it is not set.
        terminationGracePeriodSeconds: How many seconds the container has to end when the probe fails; the Pod's if it \
        is not set.
        """,
        "core.v1.HTTPGetAction": """
        An HTTP request.
        path: The path; / if it is not set.
        port: The port: a number, or the name of one of the container's ports.
        host: The host to connect to; the Pod's address if it is not set.
        scheme: HTTP, or HTTPS, whose certificate nobody checks.
        httpHeaders: Further headers of the request.
        """,
        "core.v1.HTTPHeader": """
        A header of a request.
        name: Its name.
        value: Its value.
        """,
        "core.v1.TCPSocketAction": """
        A TCP connection.
        port: The port: a number, or the name of one of the container's ports.
        host: The host to connect to; the Pod's address if it is not set.
        """,
        "core.v1.ExecAction": """
        A command in the container.
        command: The program and its arguments. No shell reads them.
        """,
        "core.v1.GRPCAction": """
        A gRPC health check.
        port: The port's number.
        service: The service that is asked for; empty for the whole server.
        """,
        "core.v1.Lifecycle": """
        What is done at a container's start and end.
        postStart: What is done after its start.
        preStop: What is done before SIGTERM. It takes from the grace period.
        stopSignal: The signal that ends it; SIGTERM if it is not set.
        """,
        "core.v1.LifecycleHandler": """
        Something to do, in one of these ways.
        exec: A command in the container.
        httpGet: An HTTP request to the container.
        tcpSocket: Kept for old manifests, without effect.
        sleep: A pause.
        """,
        "core.v1.SleepAction": """
        A pause.
        seconds: Its length.
        """,
        "core.v1.EnvVar": """
        An environment variable.
        name: Its name.
        value: Its value. $(NAME) stands for a variable before it, $$ for a dollar sign.
        valueFrom: Where its value comes from instead.
        """,
        "core.v1.EnvVarSource": """
        Where a variable's value comes from.
        fieldRef: A field of the Pod, as status.podIP.
        resourceFieldRef: What the container asks for, as limits.memory.
        configMapKeyRef: A value of a ConfigMap.
        secretKeyRef: A value of a Secret.
        fileKeyRef: A line of a file in a volume.
        """,
        "core.v1.ResourceRequirements": """
        How much of what a container asks for.
        limits: How much it may have at most.
        requests: How much the scheduler sets aside for it.
        claims: Devices of the Pod's resourceClaims that it uses.
        """,
        "core.v1.VolumeMount": """
        Where a volume appears in a container.
        name: The volume's name.
        mountPath: The directory or file at which it appears.
        subPath: The part of the volume that is meant; all of it if it is not set.
        subPathExpr: The same, with $(NAME) for environment variables.
        readOnly: Whether the container may only read.
        """,
    ]
}
