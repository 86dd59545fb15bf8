// SPDX-License-Identifier: Apache-2.0
public import Cluster
public import Kubernetes

/// Objects as rows of text, which is what `kubectl get` prints. The corresponding Go type is `metav1.Table`.
public enum Table {
    /// The table of objects of one resource, with the columns that Kubernetes has for it.
    ///
    /// - Parameters:
    ///   - includes: what each row's `object` holds, from which kubectl takes namespaces and labels.
    ///   - listMetadata: the list's `metadata`; for a single object, its `resourceVersion`.
    ///   - now: when ages are counted to.
    ///   - showsColumns: false for the later events of a watch, whose columns the client has.
    ///   - printerColumns: of a custom resource, see `printerColumns(of:version:in:)`; not read for other resources.
    public static func value(
        of objects: [Object], _ resource: Resource, includes: ObjectForm.TableObject, listMetadata: Value,
        now: Timestamp, showsColumns: Bool, printerColumns: [Value]? = nil
    ) -> Value {
        let layout = printerColumns.map(TableLayout.init(printerColumns:)) ?? TableLayout.of(resource)
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": listMetadata,
            "columnDefinitions": showsColumns ? layout.columnDefinitions : [],
            "rows": .array(objects.map { layout.row($0, includes: includes, now: now) }),
        ]
    }

    /// What a CustomResourceDefinition says of the columns of its resource in one version; nil if there is none such.
    public static func printerColumns(of resource: Resource, version: String, in store: Store) -> [Value]? {
        store.definedVersion(version, of: resource).map { $0["additionalPrinterColumns"]?.elements ?? [] }
    }
}

/// An object without all but its metadata. The corresponding Go type is `metav1.PartialObjectMetadata`.
public enum PartialObjectMetadata {
    /// The metadata of one object.
    public static func value(of object: Object) -> Value {
        [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": object.value["metadata"] ?? .object([:]),
        ]
    }

    /// The metadata of many objects, as a `PartialObjectMetadataList`.
    public static func list(of objects: [Object], listMetadata: Value) -> Value {
        [
            "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": listMetadata,
            "items": .array(objects.map { value(of: $0) }),
        ]
    }
}
