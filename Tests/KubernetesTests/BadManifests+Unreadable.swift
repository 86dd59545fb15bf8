// SPDX-License-Identifier: Apache-2.0

extension BadManifest {
    /// Text that is no manifest, or whose objects have no type or name.
    static let unreadable = [
        BadManifest(
            "a list that does not end", "a: [1, 2\nb: 3\n", "2:2: broken YAML: did not find expected ',' or ']'"),
        BadManifest(
            "a tab as indentation", "a:\n\tb: 1\n", "2:1: broken YAML: found character that cannot start any token"),
        BadManifest("a string that does not end", "a: \"b\n", "2:1: broken YAML: found unexpected end of stream"),
        BadManifest("wrong indentation", "a: 1\n  b: 2\n", "2:4: broken YAML: mapping values are not allowed"),
        BadManifest("an alias without an anchor", "a: *b\n", "1:4: broken YAML: found undefined alias"),
        BadManifest("a key twice", "a: 1\nb: 2\na: 3\n", "1:1: the key \"a\" stands more than once"),
        BadManifest("a key twice after conversion", "on: 1\n\"true\": 3\n", "2:1: the key \"true\" stands twice"),
        BadManifest("a key twice in JSON", "{\"a\": 1,\n \"a\": 2}", "2:2: the key \"a\" stands twice"),
        BadManifest("a key that is a list", "[a, b]: 1\n", "1:1: a key of a mapping must be a plain word"),
        BadManifest("a key that is null", "~: 1\n", "1:1: a key of a mapping must be a word, not null"),
        BadManifest(
            "a tag of another language", "a: !!python/object 1\n", "1:4: the tag tag:yaml.org,2002:python/object"),
        BadManifest("a number without an end", "a: .inf\n", "1:4: JSON has no way to write"),
        BadManifest("a merge of a word", "<<: b\n", "1:5: `<<` merges a mapping"),
        BadManifest(
            "a list for a document", "- a\n- b\n", "1:1: a document is an object with apiVersion and kind, not a list"),
        BadManifest(
            "a word for a document", "hello\n", "1:1: a document is an object with apiVersion and kind, not a string"),
        BadManifest("broken JSON", "{\"a\": 1,\n \"b\" 2}", "2:6: broken YAML: did not find expected ',' or '}'"),
        BadManifest("no apiVersion", "kind: Pod\nmetadata: {name: a}\n", "1:1: Pod \"a\": apiVersion: Required value"),
        BadManifest("no kind", "apiVersion: v1\nmetadata: {name: a}\n", "1:1: kind: Required value"),
        BadManifest(
            "a kind that is a number", "apiVersion: v1\nkind: 3\nmetadata: {name: a}\n",
            "2:1: kind: Invalid value: 3: must be a string, not an integer"),
        BadManifest(
            "no metadata", "apiVersion: v1\nkind: Pod\n",
            "1:1: Pod: metadata.name: Required value: name or generateName is required"),
        BadManifest(
            "no name", "apiVersion: v1\nkind: Pod\nmetadata:\n  labels: {a: b}\n",
            "3:1: Pod: metadata.name: Required value"),
        BadManifest(
            "a name that is a number", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: 12\n",
            "4:3: Pod: metadata.name: Invalid value: 12: must be a string, not an integer"),
        BadManifest(
            "metadata that is a list", "apiVersion: v1\nkind: Pod\nmetadata: []\n",
            "3:1: Pod: metadata: Invalid value: []: must be an object, not a list"),
        BadManifest(
            "an unknown kind", "apiVersion: v1\nkind: Sevice\nmetadata: {name: a}\n",
            "2:1: Sevice \"a\": kind: Invalid value: \"Sevice\": a lab knows no such kind; did you mean \"Service\"?"),
        BadManifest(
            "a kind like nothing", "apiVersion: v1\nkind: Xyzzy\nmetadata: {name: a}\n",
            "2:1: Xyzzy \"a\": kind: Invalid value: \"Xyzzy\": a lab knows no such kind"),
        BadManifest(
            "an old apiVersion", "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\n",
            "1:1: Deployment \"a\": apiVersion: Invalid value: \"extensions/v1beta1\": a Deployment has apiVersion \"apps/v1\""
        ),
        BadManifest(
            "an object twice",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
            "7:12: ConfigMap \"a\": metadata.name: Duplicate value: \"a\": the same object stands at bad.yaml:3:12 already"
        ),
        BadManifest(
            "a bad item of a list",
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pd\n  metadata: {name: a}\n",
            "5:3: Pd \"a\": kind: Invalid value"),
        BadManifest(
            "two labs", "apiVersion: lab/v1\nkind: Lab\n---\napiVersion: lab/v1\nkind: Lab\n",
            "5:1: Lab: kind: Duplicate value: \"Lab\": the input describes a lab at bad.yaml:2:1 already"),
        BadManifest(
            "an unknown field of a lab", "apiVersion: lab/v1\nkind: Lab\nspec:\n  node: 3\n",
            "4:3: Lab: unknown field \"spec.node\"; did you mean \"nodes\"?"),
        BadManifest(
            "a lab without nodes", "apiVersion: lab/v1\nkind: Lab\nspec: {nodes: 0}\n",
            "3:8: Lab: spec.nodes: Invalid value: 0: must be between 1 and 200, inclusive"),
        BadManifest(
            "a range with host bits", "apiVersion: lab/v1\nkind: Lab\nspec: {ranges: {pods: 10.0.0.1/8}}\n",
            "3:17: Lab: spec.ranges.pods: Invalid value: \"10.0.0.1/8\": must be an IPv4 range"),
        BadManifest(
            "ranges that overlap",
            "apiVersion: lab/v1\nkind: Lab\nspec: {ranges: {pods: 10.0.0.0/8, services: 10.96.0.0/16}}\n",
            "3:35: Lab: spec.ranges.services: Invalid value: \"10.96.0.0/16\": overlaps spec.ranges.pods, 10.0.0.0/8"),
        BadManifest(
            "an unknown proxy mode", "apiVersion: lab/v1\nkind: Lab\nspec: {proxyMode: ipvs}\n",
            "3:8: Lab: spec.proxyMode: Unsupported value: \"ipvs\": supported values: \"nftables\", \"iptables\", \"none\""
        ),
        BadManifest(
            "a delay without a unit",
            "apiVersion: lab/v1\nkind: Lab\nspec: {loadBalancer: {provisioningDelay: \"5\"}}\n",
            "3:23: Lab: spec.loadBalancer.provisioningDelay: Invalid value: \"5\": must be a time"),
        BadManifest(
            "two nodes of one name", "apiVersion: lab/v1\nkind: Lab\nspec:\n  nodes: [{name: a}, {name: a}]\n",
            "4:23: Lab: spec.nodes[1].name: Duplicate value: \"a\""),
    ]
}
