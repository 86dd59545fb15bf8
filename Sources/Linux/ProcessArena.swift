// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// C texts and arrays that live until `free`, for a call that takes many pointers.
@safe final class Arena {
    private var blocks: [UnsafeMutableRawPointer] = unsafe []

    /// A null-terminated copy; the text ends at its first null character.
    func text(_ text: String) -> UnsafeMutablePointer<CChar>? {
        guard let copy = unsafe strdup(text) else { return nil }
        unsafe blocks.append(UnsafeMutableRawPointer(copy))
        return unsafe copy
    }

    /// A copy of the elements; null if there are none.
    func array<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element>? {
        guard !elements.isEmpty, let block = unsafe malloc(elements.count * MemoryLayout<Element>.stride) else {
            return nil
        }
        unsafe blocks.append(block)
        let array = unsafe block.bindMemory(to: Element.self, capacity: elements.count)
        for (index, element) in elements.enumerated() { unsafe (array + index).initialize(to: element) }
        return unsafe array
    }

    /// Texts in an array that ends with null, as `execve` takes them.
    func vector(_ texts: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        unsafe array(texts.map { unsafe text($0) } + [nil])
    }

    /// Ends the life of everything that came from here.
    func free() {
        while let block = unsafe blocks.popLast() { unsafe Glibc.free(block) }
    }
}
