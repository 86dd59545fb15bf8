// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The names of the objects of one kind, in order, so that a list may begin anywhere without looking at the rest.
struct ObjectNames: Sendable {
    private var namespaces = SortedTexts()
    private var names: [String: SortedTexts] = [:]

    mutating func insert(_ key: ObjectKey) {
        if names[key.namespace, default: SortedTexts()].insert(key.name) { namespaces.insert(key.namespace) }
    }

    mutating func remove(_ key: ObjectKey) {
        names[key.namespace]?.remove(key.name)
        guard names[key.namespace]?.texts.isEmpty == true else { return }
        names[key.namespace] = nil
        namespaces.remove(key.namespace)
    }

    func count(_ namespace: String?) -> Int {
        if let namespace { return names[namespace]?.texts.count ?? 0 }
        return names.values.reduce(0) { $0 + $1.texts.count }
    }

    /// The keys in order, of one namespace or of all, after one of them, and no more than a limit.
    func keys(_ kind: String, _ namespace: String?, after last: ObjectKey?, limit: Int) -> [ObjectKey] {
        var keys: [ObjectKey] = []
        let first = namespace ?? last?.namespace
        let places = first.map { namespaces.texts[namespaces.place(of: $0)...] } ?? namespaces.texts[...]
        for place in places where namespace == nil || place == namespace {
            guard let texts = names[place] else { continue }
            let start = last?.namespace == place ? last.map { texts.place(after: $0.name) } ?? 0 : 0
            for name in texts.texts[start...] {
                if keys.count >= limit { return keys }
                keys.append(ObjectKey(kind, place, name))
            }
            if namespace != nil { break }
        }
        return keys
    }
}

/// Texts in order, each once.
struct SortedTexts: Sendable {
    private(set) var texts: [String] = []

    /// The index of a text, or where it would be.
    func place(of text: String) -> Int {
        var (low, high) = (0, texts.count)
        while low < high {
            let middle = (low + high) / 2
            if texts[middle] < text { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func place(after text: String) -> Int {
        let place = place(of: text)
        return place < texts.count && texts[place] == text ? place + 1 : place
    }

    /// - Returns: true if the text is the first.
    @discardableResult
    mutating func insert(_ text: String) -> Bool {
        let place = place(of: text)
        if place == texts.count || texts[place] != text { texts.insert(text, at: place) }
        return texts.count == 1
    }

    mutating func remove(_ text: String) {
        let place = place(of: text)
        if place < texts.count, texts[place] == text { texts.remove(at: place) }
    }
}
