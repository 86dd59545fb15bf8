// SPDX-License-Identifier: Apache-2.0

extension OpenAPIDescriptions {
    /// What all objects share.
    static let meta = [
        "meta.v1.ObjectMeta": """
        What all objects have, whatever their kind.
        name: The name, one of its kind in its namespace. It cannot change.
        generateName: The beginning of a name, which the server completes with five letters if no name is given.
        namespace: The namespace that the object is in; empty for kinds without one. It cannot change.
        selfLink: Once the object's URL; no longer written.
        uid: What tells this object from any other, also from a later one of the same name. The server gives it.
        resourceVersion: A number that grows with every write of any object. A write that gives another than the \
        current one is refused as a conflict.
        generation: How often the wanted state was changed.
        creationTimestamp: When the object was made. The server writes it.
        deletionTimestamp: When the object is to be gone, once its deletion was asked for. It stays while finalizers \
        or its grace period hold it.
        deletionGracePeriodSeconds: How many seconds the object has to end after its deletion was asked for.
        labels: Words by which selectors find the object, as a Service finds its Pods.
        annotations: Texts about the object for people and tools. No selector sees them.
        ownerReferences: The objects that this one belongs to. When the last of them is gone, this one is deleted.
        finalizers: Names of those who have something to do before the object may go. It goes when the list is empty.
        managedFields: Who wrote which field last, as server-side apply keeps it.
        """,
        "meta.v1.OwnerReference": """
        A reference to an object that another one belongs to.
        apiVersion: The owner's group and version.
        kind: The owner's kind.
        name: The owner's name.
        uid: The owner's uid: a later object of the same name is not the owner.
        controller: Whether the owner is the one that manages the object.
        blockOwnerDeletion: Whether a foreground deletion of the owner waits for this object.
        """,
        "meta.v1.ManagedFieldsEntry": """
        The fields that one manager wrote last.
        manager: The manager's name, as kubectl.
        operation: How it wrote them: Apply or Update.
        apiVersion: The version that the fields are named in.
        time: When it wrote.
        fieldsType: The form of fieldsV1; always FieldsV1.
        fieldsV1: The fields, as a tree of names.
        subresource: The subresource that was written; empty for the object itself.
        """,
        "meta.v1.ListMeta": """
        What all lists have.
        resourceVersion: The state of the cluster that the list shows. A watch may begin there.
        continue: The token for the next page; empty on the last one.
        remainingItemCount: How many objects are on later pages.
        """,
        "meta.v1.LabelSelector": """
        Which labels objects must have. An empty one matches all, a missing one none.
        matchLabels: Labels that an object must have with just these values.
        matchExpressions: Conditions that an object's labels must meet, each of them.
        """,
        "meta.v1.LabelSelectorRequirement": """
        One condition for labels.
        key: The label's name.
        operator: How the label is compared: In, NotIn, Exists or DoesNotExist.
        values: The values of In and NotIn; none for the others.
        """,
        "meta.v1.Condition": """
        One aspect of an object's state.
        type: Which aspect, as Ready.
        status: True, False or Unknown.
        observedGeneration: The generation of the object that the condition is about.
        lastTransitionTime: When the status changed last.
        reason: One word that says why.
        message: A sentence that says why.
        """,
        "meta.v1.DeleteOptions": """
        How a deletion is to be done.
        gracePeriodSeconds: How many seconds a Pod has to end; 0 for at once.
        preconditions: What must be true of the object, or nothing is deleted.
        propagationPolicy: What becomes of objects that this one owns: Background, Foreground or Orphan.
        dryRun: With All, nothing is deleted.
        """,
        "meta.v1.Preconditions": """
        What must be true of an object before it is deleted.
        uid: The object's uid.
        resourceVersion: The object's resourceVersion.
        """,
        "meta.v1.Status": """
        How a request ended, if not with an object.
        status: Success or Failure.
        message: A sentence for people.
        reason: A word for programs, as NotFound.
        details: What the failure is about.
        code: The HTTP status.
        """,
    ]
}
