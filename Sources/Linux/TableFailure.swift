// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Dataplane
internal import Net

extension EncodedBatch {
    /// What a refused message was to do, in words, and the name of its request.
    func origin(of failure: NetlinkFailure) -> (operation: String, call: String) {
        let number = Int(failure.sequence) - 1
        guard messages.indices.contains(number), let index = messages[number].change else {
            return ("committing to the table \(table)", "NFNL_MSG_BATCH_BEGIN")
        }
        let message = messages[number]
        switch changes[index] {
        case .destroyTable: return ("deleting the table \(table)", "NFT_MSG_DELTABLE")
        case .addTable: return ("adding the table \(table)", "NFT_MSG_NEWTABLE")
        case .addSet(let set): return ("adding the set \(set.name)", "NFT_MSG_NEWSET")
        case .addChain(let chain):
            guard let rule = message.first, chain.rules.indices.contains(rule) else {
                return ("adding the chain \(chain.name)", "NFT_MSG_NEWCHAIN")
            }
            let because = chain.rules[rule].because
            return ("adding rule \(rule + 1) of the chain \(chain.name) [\(because)]", "NFT_MSG_NEWRULE")
        case .deleteElements(let set, let elements):
            return ("deleting " + text(elements, set, message, failure), "NFT_MSG_DELSETELEM")
        case .addElements(let set, let elements):
            return ("adding " + text(elements, set, message, failure), "NFT_MSG_NEWSETELEM")
        }
    }

    /// The element that the kernel did not like, if it said which, or else how many there were.
    private func text(_ elements: [Element], _ set: String, _ message: Message, _ failure: NetlinkFailure) -> String {
        let index: Int? = elements.count == 1 ? 0 : failure.offset.flatMap { position(of: $0, in: message) }
        guard let index, elements.indices.contains(index) else { return "\(elements.count) elements of \(set)" }
        let key = elements[index].key.map(EncodedBatch.text).joined(separator: " . ")
        return "the element { \(key) } of \(set) [\(elements[index].because)]"
    }

    /// The index of the element whose attribute holds the offset within a message.
    private func position(of target: Int, in message: Message) -> Int? {
        let length = Int(bytes.word(at: message.offset))
        let payload = Array(bytes[(message.offset + 20)..<(message.offset + length)])
        let list = NetlinkAttributes(payload, from: 0).nest(Int(NFTA_SET_ELEM_LIST_ELEMENTS.rawValue))
        // A field's range leaves its own header of four bytes out, at which the kernel may point.
        let position = list?.fields.firstIndex { field in
            let start = 20 + field.range.lowerBound - 4
            return (start..<(20 + field.range.upperBound)).contains(target)
        }
        return position.map { $0 + (message.first ?? 0) }
    }

    private static func text(_ datum: Datum) -> String {
        switch datum {
        case .address(let address): "\(address)"
        case .transport(let transport): transport.keyword
        case .port(let port): "\(port)"
        case .number(let number): "\(number)"
        case .prefix(let range): "\(range)"
        }
    }
}
