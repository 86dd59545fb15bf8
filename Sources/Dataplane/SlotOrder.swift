// SPDX-License-Identifier: Apache-2.0
public import Net

/// The order of a Service port's endpoints: one keeps its slot for as long as it is ready, so that a change of one
/// endpoint is a change of one or two elements, however many there are.
public enum SlotOrder {
    /// The new order: whoever is still ready stays where it was; a slot that falls free goes to a new endpoint if
    /// there is one, else to the endpoint of the last slot; the other new ones follow, in the order of their
    /// addresses.
    public static func settle(previous: [SocketAddress], ready: [SocketAddress]) -> [SocketAddress] {
        var leaving = Set(previous)
        var arriving = Set(ready)
        leaving.subtract(ready)
        arriving.subtract(previous)
        var slots = previous
        var new = arriving.sorted()[...]
        var slot = 0
        while slot < slots.count {
            if !leaving.contains(slots[slot]) {
                slot += 1
            } else if let next = new.popFirst() {
                slots[slot] = next
                slot += 1
            } else {
                // The last one may itself be leaving: then this slot is looked at again.
                let last = slots.removeLast()
                if slot < slots.count { slots[slot] = last }
            }
        }
        return slots + new
    }
}
