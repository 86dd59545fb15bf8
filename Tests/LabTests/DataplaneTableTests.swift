// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// The lines D40 to D65 and D79 to D88 of the semantics, each run three ways: by the walker, and by the kernel with
    /// rules of nftables and of iptables. The modes differ in D41, D47 and D48 alone.
    @Suite
    struct DataplaneTableTests {
        @Test(arguments: RuleMode.allCases)
        func `D40 to D65 and D79 to D88 on the wire and by the walker`(_ mode: RuleMode) throws {
            let table = try DataplaneTableLab(mode)
            try table.hold(DataplaneRow.looking)
            try table.tryBalance()
            try table.tryNames()
            try table.trySecondAddress()
            try table.trySysctls()
            try table.tryStatusOfBalancers()
            try table.tryLabels()
            try table.tryAffinityLoss()
            try table.tryDatagrams()
            try table.tryExclusion()
            try table.tryTermination()
            try table.tryRollout()
            try table.tryTaint()
            try table.tryFlush()
        }
    }
}
