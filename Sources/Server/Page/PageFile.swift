// SPDX-License-Identifier: Apache-2.0
internal import CPage

/// One file of the web page, as it is inside this program.
public struct PageFile: Sendable, Hashable {
    /// Its name in the folder `Sources/CPage/page`: `index.html`, `main.js`.
    public let name: String
    /// What it holds.
    public let bytes: [UInt8]

    /// All of them, in the order of `page.c`.
    public static let all: [PageFile] = (0..<lab_page_count()).map { number in
        let file = unsafe lab_page_file(number)
        let bytes = unsafe UnsafeBufferPointer(start: file.bytes, count: file.length)
        return unsafe PageFile(name: String(cString: file.name), bytes: Array(bytes))
    }

    /// The file of a name; nil if there is none.
    public static func named(_ name: String) -> PageFile? { all.first { $0.name == name } }

    /// The header `Content-Type`, by the end of the name.
    public var contentType: String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }

    /// What it holds, as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
