// SPDX-License-Identifier: Apache-2.0

extension BadManifest {
    private static let web = "Deployment \"web\": spec.template.spec.containers[0]"

    /// Deployments, Pods, slices and the rest that break a rule each.
    static let others: [BadManifest] = [
        .container("a container without an image", "name: a", "6:66: \(web).image: Required value"),
        .container("a container without a name", "image: a", "6:66: \(web).name: Required value"),
        .container("a container name in capitals", "image: a, name: A", "7:19: \(web).name: Invalid value: \"A\""),
        .container(
            "a command that is a string", "image: a, name: a,\ncommand: sleep",
            "8:9: \(web).command: Invalid value: \"sleep\": must be a list, not a string"),
        .container(
            "an environment value that is a number", "image: a, name: a,\nenv: [{name: A, value: 1}]",
            "8:25: \(web).env[0].value: Invalid value: 1: must be a string, not an integer"),
        .container(
            "a port name that is too long", "image: a, name: a,\nports: [{containerPort: 80, name: abcdefghijklmnop}]",
            "8:37: \(web).ports[0].name: Invalid value: \"abcdefghijklmnop\": must be no more than 15 characters"),
        .container(
            "a container port of zero", "image: a, name: a,\nports: [{containerPort: 0}]",
            "8:18: \(web).ports[0].containerPort: Required value"),
        .container(
            "a probe without a handler", "image: a, name: a,\nreadinessProbe: {periodSeconds: 1}",
            "8:9: \(web).readinessProbe: Required value: must specify a handler type"),
        .container(
            "a probe with two handlers",
            "image: a, name: a,\nreadinessProbe: {exec: {command: [a]}, tcpSocket: {port: 1}}",
            "8:48: \(web).readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"),
        .container(
            "a probe with a negative time",
            "image: a, name: a,\nlivenessProbe: {periodSeconds: -1, tcpSocket: {port: 1}}",
            "8:25: \(web).livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0"),
        .container(
            "a probe with an unknown field", "image: a, name: a,\nreadinessProbe: {httpget: {port: 1}}",
            "8:26: Deployment \"web\": unknown field \"spec.template.spec.containers[0].readinessProbe.httpget\"; did you mean \"httpGet\"?"
        ),
        .container(
            "an amount that is none", "image: a, name: a,\nresources: {limits: {memory: 1GB}}",
            "8:30: \(web).resources.limits[memory]: Invalid value: \"1GB\": quantities must match"),
        .container(
            "a mount of a volume that is not there", "image: a, name: a,\nvolumeMounts: [{name: v, mountPath: /a}]",
            "8:25: \(web).volumeMounts[0].name: Not found: \"v\""),
        BadManifest(
            "a part of a volume that is not in it",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  volumes: [{name: v, emptyDir: {}}]\n  containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /a, subPath: ../b}]}]\n",
            "6:76: Pod \"web\": spec.containers[0].volumeMounts[0].subPath: Invalid value: \"../b\": must not contain '..'"
        ),
        BadManifest(
            "a folder of the host's with steps back",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  volumes: [{name: v, hostPath: {path: /a/../b}}]\n  containers: [{name: a, image: a}]\n",
            "5:34: Pod \"web\": spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"),
        BadManifest(
            "a volume of two kinds",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  volumes: [{name: v, emptyDir: {}, hostPath: {path: /a}}]\n  containers: [{name: a, image: a}]\n",
            "5:37: Pod \"web\": spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"),
        BadManifest(
            "a Deployment without a selector",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}\n",
            "4:1: Deployment \"web\": spec.selector: Required value"),
        BadManifest(
            "a selector that its template does not match",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: c}}\n  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}\n",
            "6:25: Deployment \"web\": spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`"
        ),
        BadManifest(
            "a Deployment without containers",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: b}}\n  template: {metadata: {labels: {a: b}}}\n",
            "6:3: Deployment \"web\": spec.template.spec.containers: Required value"),
        BadManifest(
            "fewer than no replicas",
            "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: web}\nspec:\n  replicas: -1\n  selector: {matchLabels: {a: b}}\n  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}\n",
            "5:3: ReplicaSet \"web\": spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        BadManifest(
            "a rollout that cannot begin",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: b}}\n  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}\n  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}\n",
            "6:43: Deployment \"web\": spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"
        ),
        BadManifest(
            "a Pod name in capitals",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: Web\nspec: {containers: [{name: a, image: a}]}\n",
            "4:3: Pod \"Web\": metadata.name: Invalid value: \"Web\": a lowercase RFC 1123 subdomain"),
        BadManifest(
            "a label with blanks",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels: {a: \"b c\"}\nspec: {containers: [{name: a, image: a}]}\n",
            "5:3: Pod \"web\": metadata.labels: Invalid value: \"b c\": a valid label must be"),
        BadManifest(
            "two containers of one name",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: a, image: a}\n  - {name: a, image: a}\n",
            "7:6: Pod \"web\": spec.containers[1].name: Duplicate value: \"a\""),
        BadManifest(
            "an unknown restart policy",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  restartPolicy: Sometimes\n  containers: [{name: a, image: a}]\n",
            "5:3: Pod \"web\": spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\""
        ),
        BadManifest(
            "a slice with an address of the other family",
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web}\naddressType: IPv6\nendpoints:\n- addresses: [10.0.0.1]\n",
            "6:15: EndpointSlice \"web\": endpoints[0].addresses[0]: Invalid value: \"10.0.0.1\": must be an IPv6 address"
        ),
        BadManifest(
            "an empty subset",
            "apiVersion: v1\nkind: Endpoints\nmetadata: {name: web}\nsubsets:\n- ports: [{port: 80}]\n",
            "5:3: Endpoints \"web\": subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"),
        BadManifest(
            "a Namespace with dots", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a.b}\n",
            "3:12: Namespace \"a.b\": metadata.name: Invalid value: \"a.b\": must not contain dots"),
        BadManifest(
            "a taint without an effect",
            "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec:\n  taints:\n  - key: a\n",
            "6:5: Node \"a\": spec.taints[0].effect: Required value"),
    ]
}
