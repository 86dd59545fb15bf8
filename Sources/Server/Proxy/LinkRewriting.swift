// SPDX-License-Identifier: Apache-2.0

/// Links in pages that came through the proxy: what is absolute within the server must lead through the proxy again.
/// The corresponding Go type is apimachinery's `proxy.Transport`.
enum LinkRewriting {
    /// The attributes whose values are links, by element.
    private static let links: [String: Set<String>] = [
        "a": ["href"], "applet": ["codebase"], "area": ["href"], "audio": ["src"], "base": ["href"],
        "blockquote": ["cite"], "body": ["background"], "button": ["formaction"], "command": ["icon"],
        "del": ["cite"], "embed": ["src"], "form": ["action"], "frame": ["longdesc", "src"], "head": ["profile"],
        "html": ["manifest"], "iframe": ["longdesc", "src"], "img": ["longdesc", "src", "usemap"],
        "input": ["formaction", "src", "usemap"], "ins": ["cite"], "link": ["href"],
        "object": ["classid", "codebase", "data", "usemap"], "q": ["cite"], "script": ["src"], "source": ["src"],
        "video": ["poster", "src"],
    ]

    /// A page with its links led through the proxy.
    static func rewrite(_ page: [UInt8], prefix: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(page.count + 256)
        var copied = 0
        var index = 0
        while let start = page[index...].firstIndex(of: UInt8(ascii: "<")) {
            var reader = TagReader(page, after: start)
            index = start + 1
            guard let element = reader.name(), let attributes = links[element] else { continue }
            while let (name, value) = reader.attribute() {
                guard attributes.contains(name), let link = inside(page[value], prefix: prefix) else { continue }
                output += page[copied..<value.lowerBound]
                output += link
                copied = value.upperBound
            }
            index = max(index, reader.index)
        }
        return output + page[copied...]
    }

    /// A link that leads through the proxy; nil if it may stay as it is.
    static func inside(_ link: some Collection<UInt8>, prefix: String) -> [UInt8]? {
        let slash = UInt8(ascii: "/")
        let prefix = Array(prefix.utf8.reversed().drop { $0 == slash }.reversed())
        guard link.first == slash, link.dropFirst().first != slash, !prefix.isEmpty,
            !(link.starts(with: prefix) && [slash, nil].contains(link.dropFirst(prefix.count).first))
        else { return nil }
        return prefix + link
    }
}

/// Reads one tag of HTML, forgiving as browsers are.
private struct TagReader {
    private let page: [UInt8]
    private(set) var index: Int

    init(_ page: [UInt8], after start: Int) {
        self.page = page
        index = start + 1
    }

    /// The element's name in lower case; nil if this is no opening tag.
    mutating func name() -> String? {
        guard index < page.count, TagReader.isLetter(page[index]) else { return nil }
        return word { !TagReader.isBlank($0) && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/") }.lowercased()
    }

    /// The next attribute's name in lower case, and where its value stands; nil at the tag's end.
    mutating func attribute() -> (String, Range<Int>)? {
        skip { TagReader.isBlank($0) || $0 == UInt8(ascii: "/") }
        guard index < page.count, page[index] != UInt8(ascii: ">") else { return nil }
        let start = index
        let name = word { !TagReader.isBlank($0) && !TagReader.ends.contains($0) }.lowercased()
        if index == start { index += 1 }
        skip(while: TagReader.isBlank)
        guard index < page.count, page[index] == UInt8(ascii: "=") else { return (name, index..<index) }
        index += 1
        skip(while: TagReader.isBlank)
        return (name, value())
    }

    private mutating func value() -> Range<Int> {
        guard index < page.count, page[index] == UInt8(ascii: "\"") || page[index] == UInt8(ascii: "'") else {
            let start = index
            skip { !TagReader.isBlank($0) && $0 != UInt8(ascii: ">") }
            return start..<index
        }
        let quote = page[index]
        let start = index + 1
        index = start
        skip { $0 != quote }
        defer { index = min(index + 1, page.count) }
        return start..<index
    }

    private static let ends = [UInt8(ascii: "="), UInt8(ascii: ">"), UInt8(ascii: "/")]

    private mutating func word(while belongs: (UInt8) -> Bool) -> String {
        let start = index
        skip(while: belongs)
        return String(decoding: page[start..<index], as: UTF8.self)
    }

    private mutating func skip(while belongs: (UInt8) -> Bool) {
        while index < page.count, belongs(page[index]) { index += 1 }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
    }
}
