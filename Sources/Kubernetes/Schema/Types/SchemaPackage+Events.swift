// SPDX-License-Identifier: Apache-2.0

extension SchemaPackage {
    /// The types of `k8s.io/api/events/v1`.
    static let events = SchemaPackage(
        "events.v1",
        [
            "Event": """
            apiVersion kind metadata@1:meta.ObjectMeta eventTime!@2:microTime series@3:EventSeries
            reportingController@4 reportingInstance@5 action@6 reason@7 regarding@8:core.ObjectReference
            related@9:core.ObjectReference note@10 type@11 deprecatedSource@12:core.EventSource
            deprecatedFirstTimestamp@13:time deprecatedLastTimestamp@14:time deprecatedCount@15:int32
            """,
            "EventSeries": "count!@1:int32 lastObservedTime!@2:microTime",
        ])
}
