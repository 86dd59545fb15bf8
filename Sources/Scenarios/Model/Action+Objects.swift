// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

extension Action {
    /// Objects to create or change, as `kubectl apply` does.
    public struct Apply: Sendable, Equatable {
        /// `apply.file`, relative to the scenario's file; nil if the objects stand in the step.
        public var file: String?
        /// The objects that stand in the step, as an object, a list or a text.
        public var objects: [Object] = []
    }

    /// A change of one object.
    public struct Patch: Sendable, Equatable {
        /// How the patch is merged: `patch.type`.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            case strategic
            case merge
            case json

            /// The media type of the request.
            public var contentType: String {
                switch self {
                case .strategic: "application/strategic-merge-patch+json"
                case .merge: "application/merge-patch+json"
                case .json: "application/json-patch+json"
                }
            }
        }

        /// What is changed.
        public var object: ObjectReference
        /// How.
        public var kind = Kind.strategic
        /// The patch: an object, or for `json` a list of operations.
        public var patch: Value
        /// `patch.subresource`, as `status`; nil for the object itself.
        public var subresource: String?
    }

    /// Labels to set, and those to remove (null, or a key that ends in a dash as kubectl has it).
    public struct Label: Sendable, Equatable {
        /// What is labelled.
        public var object: ObjectReference
        /// The labels; nil for one that is removed.
        public var labels: [String: String?]
    }

    /// Another number of Pods.
    public struct Scale: Sendable, Equatable {
        /// A Deployment, a ReplicaSet or a StatefulSet.
        public var object: ObjectReference
        /// How many Pods.
        public var replicas: Int
    }

    /// Objects to delete: one by its name, or all of a kind that a selector chooses.
    public struct Delete: Sendable, Equatable {
        /// Which.
        public var objects: ObjectSelection
        /// `gracePeriod`; nil for the Pods' own.
        public var gracePeriod: Duration?
    }

    /// What is done with a rollout.
    public struct Rollout: Sendable, Equatable {
        /// As `kubectl rollout` has it.
        public enum Verb: String, Sendable, Hashable, CaseIterable {
            case restart
            case undo
            case pause
            case resume
            /// Waits until it is complete.
            case status
        }

        /// A Deployment, a DaemonSet or a StatefulSet.
        public var object: ObjectReference
        /// What is done.
        public var verb: Verb
    }

    /// Waits until an object has a condition, or a value, or is gone, as `kubectl wait` does.
    public struct Wait: Sendable, Equatable {
        /// What is waited for.
        public enum Goal: Sendable, Equatable {
            /// The condition of this type has this status: `condition: Ready`, or `condition: Ready=false`.
            case condition(String, status: String)
            /// A value, or without an expectation any value at all.
            case value(JSONPath, Expectation?)
            /// The object is there: `state: present`.
            case present
            /// The object is not there: `state: absent`.
            case absent
        }

        /// All of these must be so, and at least one must be there (unless they shall be gone).
        public var objects: ObjectSelection
        /// What is waited for.
        public var goal: Goal
    }
}
