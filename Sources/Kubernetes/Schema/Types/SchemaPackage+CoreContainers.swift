// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// Containers, their probes, environment and limits, in `k8s.io/api/core/v1`.
    static let coreContainers: [String: String] = [
        "Container": """
        name!@1 image@2 command@3:[]string args@4:[]string workingDir@5
        ports@6:[]ContainerPort;merge=containerPort;map=containerPort,protocol envFrom@19:[]EnvFromSource
        env@7:[]EnvVar;merge=name;map=name resources@8:ResourceRequirements resizePolicy@23:[]ContainerResizePolicy
        restartPolicy@24:*string.ContainerRestartPolicy restartPolicyRules@25:[]ContainerRestartRule
        volumeMounts@9:[]VolumeMount;merge=mountPath;map=mountPath
        volumeDevices@21:[]VolumeDevice;merge=devicePath;map=devicePath livenessProbe@10:Probe readinessProbe@11:Probe
        startupProbe@22:Probe lifecycle@12:Lifecycle terminationMessagePath@13
        terminationMessagePolicy@20:string.TerminationMessagePolicy imagePullPolicy@14:string.PullPolicy
        securityContext@15:SecurityContext stdin@16:bool stdinOnce@17:bool tty@18:bool
        """,
        "ContainerPort": "name@1 hostPort@2:int32 containerPort!@3:int32 protocol@4:string.Protocol hostIP@5",
        "EnvFromSource": "prefix@1 configMapRef@2:ConfigMapEnvSource secretRef@3:SecretEnvSource",
        "ConfigMapEnvSource": "name@1.1 optional@2:*bool",
        "SecretEnvSource": "name@1.1 optional@2:*bool",
        "EnvVar": "name!@1 value@2 valueFrom@3:EnvVarSource",
        "EnvVarSource": """
        fieldRef@1:ObjectFieldSelector resourceFieldRef@2:ResourceFieldSelector configMapKeyRef@3:ConfigMapKeySelector
        secretKeyRef@4:SecretKeySelector fileKeyRef@5:FileKeySelector
        """,
        "ConfigMapKeySelector": ";atomic name@1.1 key!@2 optional@3:*bool",
        "SecretKeySelector": ";atomic name@1.1 key!@2 optional@3:*bool",
        "FileKeySelector": ";atomic volumeName!@1 path!@2 key!@3 optional@4:*bool",
        "ResourceRequirements": "limits@1:{}quantity requests@2:{}quantity claims@3:[]ResourceClaim;map=name",
        "ResourceClaim": "name!@1 request@2",
        "ContainerResizePolicy": """
        resourceName!@1:string.ResourceName restartPolicy!@2:string.ResourceResizeRestartPolicy
        """,
        "ContainerRestartRule": """
        action!@1:string.ContainerRestartRuleAction exitCodes@2:ContainerRestartRuleOnExitCodes
        """,
        "ContainerRestartRuleOnExitCodes": """
        operator!@1:string.ContainerRestartRuleOnExitCodesOperator values@2:[]int32;set
        """,
        "VolumeMount": """
        name!@1 readOnly@2:bool recursiveReadOnly@7:*string.RecursiveReadOnlyMode mountPath!@3 subPath@4
        mountPropagation@5:*string.MountPropagationMode subPathExpr@6
        """,
        "VolumeDevice": "name!@1 devicePath!@2",
        "Probe": """
        exec@1.1:ExecAction httpGet@1.2:HTTPGetAction tcpSocket@1.3:TCPSocketAction grpc@1.4:GRPCAction
        initialDelaySeconds@2:int32 timeoutSeconds@3:int32 periodSeconds@4:int32 successThreshold@5:int32
        failureThreshold@6:int32 terminationGracePeriodSeconds@7:*int64
        """,
        "ExecAction": "command@1:[]string",
        "HTTPGetAction": "path@1 port!@2:intOrString host@3 scheme@4:string.URIScheme httpHeaders@5:[]HTTPHeader",
        "HTTPHeader": "name!@1 value!@2",
        "TCPSocketAction": "port!@1:intOrString host@2",
        "GRPCAction": "port!@1:int32 service@2:*string",
        "Lifecycle": "postStart@1:LifecycleHandler preStop@2:LifecycleHandler stopSignal@3:*string.Signal",
        "LifecycleHandler": "exec@1:ExecAction httpGet@2:HTTPGetAction tcpSocket@3:TCPSocketAction sleep@4:SleepAction",
        "SleepAction": "seconds!@1:int64",
        "SecurityContext": """
        capabilities@1:Capabilities privileged@2:*bool seLinuxOptions@3:SELinuxOptions
        windowsOptions@10:WindowsSecurityContextOptions runAsUser@4:*int64 runAsGroup@8:*int64 runAsNonRoot@5:*bool
        readOnlyRootFilesystem@6:*bool allowPrivilegeEscalation@7:*bool procMount@9:*string.ProcMountType
        seccompProfile@11:SeccompProfile appArmorProfile@12:AppArmorProfile
        """,
        "Capabilities": "add@1:[]string.Capability drop@2:[]string.Capability",
        "SELinuxOptions": "user@1 role@2 type@3 level@4",
        "WindowsSecurityContextOptions": """
        gmsaCredentialSpecName@1:*string gmsaCredentialSpec@2:*string runAsUserName@3:*string hostProcess@4:*bool
        """,
        "SeccompProfile": "type!@1:string.SeccompProfileType localhostProfile@2:*string",
        "AppArmorProfile": "type!@1:string.AppArmorProfileType localhostProfile@2:*string",
        "EphemeralContainer": """
        name!@1.1 image@1.2 command@1.3:[]string args@1.4:[]string workingDir@1.5
        ports@1.6:[]ContainerPort;merge=containerPort;map=containerPort,protocol envFrom@1.19:[]EnvFromSource
        env@1.7:[]EnvVar;merge=name;map=name resources@1.8:ResourceRequirements
        resizePolicy@1.23:[]ContainerResizePolicy restartPolicy@1.24:*string.ContainerRestartPolicy
        restartPolicyRules@1.25:[]ContainerRestartRule volumeMounts@1.9:[]VolumeMount;merge=mountPath;map=mountPath
        volumeDevices@1.21:[]VolumeDevice;merge=devicePath;map=devicePath livenessProbe@1.10:Probe
        readinessProbe@1.11:Probe startupProbe@1.22:Probe lifecycle@1.12:Lifecycle terminationMessagePath@1.13
        terminationMessagePolicy@1.20:string.TerminationMessagePolicy imagePullPolicy@1.14:string.PullPolicy
        securityContext@1.15:SecurityContext stdin@1.16:bool stdinOnce@1.17:bool tty@1.18:bool targetContainerName@2
        """,
    ]
}
