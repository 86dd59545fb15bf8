// SPDX-License-Identifier: Apache-2.0

extension OpenAPIDescriptions {
    /// What makes Pods.
    static let workloads = [
        "apps.v1.Deployment": """
        So many Pods of one template, replaced step by step when the template changes. It makes a ReplicaSet for each \
        version of the template.
        spec: How many Pods of which kind, and how they are replaced.
        """,
        "apps.v1.DeploymentSpec": """
        How many Pods of which kind, and how they are replaced.
        replicas: How many Pods there should be; 1 if it is not set.
        selector: The labels by which the Deployment knows its Pods. They must be in the template, and cannot change.
        template: What the Pods are made from. A change begins a rollout.
        strategy: How old Pods are replaced by new ones.
        minReadySeconds: How many seconds a Pod must have been ready before it counts as available.
        revisionHistoryLimit: How many old ReplicaSets are kept to go back to; 10 if it is not set.
        paused: Whether changes of the template wait.
        progressDeadlineSeconds: After how many seconds without progress the rollout is said to have failed; 600 if it \
        is not set.
        """,
        "apps.v1.DeploymentStrategy": """
        How old Pods are replaced by new ones.
        type: RollingUpdate a few at a time, Recreate all old ones first.
        rollingUpdate: How many at a time.
        """,
        "apps.v1.RollingUpdateDeployment": """
        How many Pods are replaced at a time, as a number or as a share of replicas in percent.
        maxUnavailable: How many may be missing; 25% if it is not set.
        maxSurge: How many there may be beyond replicas; 25% if it is not set.
        """,
        "apps.v1.DeploymentStatus": """
        How a Deployment fares.
        observedGeneration: The generation of the Deployment that the status is about.
        replicas: How many Pods there are.
        updatedReplicas: How many of them are of the current template.
        readyReplicas: How many of them are ready.
        availableReplicas: How many have been ready for minReadySeconds.
        unavailableReplicas: How many are still missing.
        terminatingReplicas: How many are ending.
        conditions: Aspects of its state: Available, Progressing, ReplicaFailure.
        collisionCount: How often the name of a ReplicaSet was taken.
        """,
        "apps.v1.ReplicaSet": """
        So many Pods of one template. Deployments make them; a change of the template touches no Pod that is there.
        spec: How many Pods of which kind.
        """,
        "apps.v1.ReplicaSetSpec": """
        How many Pods of which kind.
        replicas: How many Pods there should be; 1 if it is not set.
        minReadySeconds: How many seconds a Pod must have been ready before it counts as available.
        selector: The labels by which it knows its Pods. They must be in the template, and cannot change.
        template: What new Pods are made from.
        """,
        "apps.v1.ReplicaSetStatus": """
        How a ReplicaSet fares.
        replicas: How many Pods there are.
        fullyLabeledReplicas: How many have all labels of the template.
        readyReplicas: How many are ready.
        availableReplicas: How many have been ready for minReadySeconds.
        terminatingReplicas: How many are ending.
        observedGeneration: The generation of the ReplicaSet that the status is about.
        conditions: Aspects of its state.
        """,
        "apps.v1.StatefulSet": """
        Pods with names that stay, as db-0 and db-1, made and replaced in order.
        spec: How many Pods of which kind, and in which order.
        """,
        "apps.v1.StatefulSetSpec": """
        How many Pods of which kind, and in which order.
        replicas: How many Pods there should be; 1 if it is not set.
        selector: The labels by which it knows its Pods. They must be in the template, and cannot change.
        template: What the Pods are made from.
        volumeClaimTemplates: Claims of storage, which each Pod gets for itself.
        serviceName: The headless Service below whose name each Pod has one of its own.
        podManagementPolicy: OrderedReady one after the other, Parallel all at once.
        updateStrategy: How Pods are replaced when the template changes.
        revisionHistoryLimit: How many old templates are kept to go back to; 10 if it is not set.
        minReadySeconds: How many seconds a Pod must have been ready before it counts as available.
        persistentVolumeClaimRetentionPolicy: What becomes of the claims in the end.
        ordinals: At which number the names begin.
        """,
        "apps.v1.DaemonSet": """
        One Pod of a template on every node that fits.
        spec: Which Pods, on which nodes.
        """,
        "apps.v1.DaemonSetSpec": """
        Which Pods, on which nodes.
        selector: The labels by which it knows its Pods. They must be in the template, and cannot change.
        template: What the Pods are made from. Its node selector and tolerations say on which nodes.
        updateStrategy: How Pods are replaced when the template changes.
        minReadySeconds: How many seconds a Pod must have been ready before it counts as available.
        revisionHistoryLimit: How many old templates are kept to go back to; 10 if it is not set.
        """,
        "batch.v1.Job": """
        Pods that run until they have succeeded often enough.
        spec: Which Pods, how often, how many at a time.
        """,
        "batch.v1.JobSpec": """
        Which Pods, how often, how many at a time.
        parallelism: How many Pods run at a time; 1 if it is not set.
        completions: How many must succeed; 1 if neither this nor parallelism is set.
        activeDeadlineSeconds: After how many seconds the Job is ended as failed.
        backoffLimit: How many failures the Job bears; 6 if it is not set.
        selector: The labels by which it knows its Pods. The server writes it.
        manualSelector: Whether the selector is written by hand.
        template: What the Pods are made from; restartPolicy must be Never or OnFailure.
        ttlSecondsAfterFinished: After how many seconds the ended Job is deleted; never if it is not set.
        completionMode: NonIndexed, or Indexed, where each Pod has a number.
        suspend: Whether the Job waits, without Pods.
        """,
        "batch.v1.CronJob": """
        A Job from time to time.
        spec: Which Job, and when.
        """,
    ]
}
