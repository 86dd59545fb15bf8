// SPDX-License-Identifier: Apache-2.0

/// One change of a batch that the kernel would not have.
public struct TableRefusal: Sendable {
    /// The index of the change within the batch; nil if it was none of them, but the batch as such.
    public let change: Int?
    /// What the kernel said, in words.
    public let error: KernelError
}

extension TableSocket {
    /// Commits a batch, or changes nothing: then the result names each change that the kernel did not like, the first
    /// one first. Those after it may be there for the first one's sake alone.
    public func attempt(_ batch: EncodedBatch) -> [TableRefusal] {
        guard !batch.bytes.isEmpty else { return [] }
        do throws(KernelError) {
            let answer = try socket.converse(
                batch.bytes, last: batch.last, "committing to the table \(batch.table)", call: "send")
            return answer.failures.sorted { $0.sequence < $1.sequence }.map { failure in
                let (operation, call) = batch.origin(of: failure)
                let error = KernelError(
                    operation + socket.suffix, call: call, failure.errno, message: failure.message)
                return TableRefusal(change: batch.change(of: failure), error: error)
            }
        } catch { return [TableRefusal(change: nil, error: error)] }
    }
}

extension EncodedBatch {
    /// The index of the change that a refused message was to carry out.
    func change(of failure: NetlinkFailure) -> Int? {
        let number = Int(failure.sequence) - 1
        return messages.indices.contains(number) ? messages[number].change : nil
    }
}
