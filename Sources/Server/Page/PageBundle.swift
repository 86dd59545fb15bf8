// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import FoundationEssentials

/// A page that stands alone: the web page's files and a story in one file, which any browser opens, without a lab and
/// without a network.
public enum PageBundle {
    /// The page of a story.
    /// - Parameter lines: lines of JSON.
    public static func page(of lines: [UInt8]) -> [UInt8] {
        let parts = PageBundle.parts
        return parts.before + escaped(lines) + parts.after
    }

    /// What stands before and after the story.
    public static var parts: (before: [UInt8], after: [UInt8]) {
        let files = PageFile.all
        var page = PageFile.named("index.html")?.text ?? ""
        var styles: [String] = []
        var scripts: [String] = []
        for file in files {
            if let tag = tag("<link", naming: "href=\"\(file.name)\"", in: page) {
                styles.append(file.text)
                page.replaceSubrange(tag, with: "<style>\(file.text)</style>")
            } else if let tag = tag("<script", naming: "src=\"\(file.name)\"", in: page) {
                let script = PageModules.script(from: file.name, files)
                scripts.append(script)
                page.replaceSubrange(tag, with: "<script type=\"module\">\(script)</script>")
            }
        }
        if let head = page.firstRange(of: "<head>") {
            page.replaceSubrange(head, with: "<head>\n" + policy(scripts, styles))
        }
        let story = "<script type=\"application/jsonl\" id=\"story\">"
        // At the end, so that the page is drawn before the story is read.
        let end = page.ranges(of: "</body>").last?.lowerBound ?? page.endIndex
        return (Array((page[..<end] + story + "\n").utf8), Array(("</script>\n" + page[end...]).utf8))
    }

    /// Only the scripts and styles of the page itself are in force, and nothing is loaded.
    private static func policy(_ scripts: [String], _ styles: [String]) -> String {
        let sources = [("script-src", scripts), ("style-src", styles)].map { name, texts in
            ([name] + texts.map { "'sha256-\(hash($0))'" }).joined(separator: " ")
        }
        let policy =
            ["default-src 'none'"] + sources + [
                "img-src data:", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'",
            ]
        return "<meta http-equiv=\"Content-Security-Policy\" content=\"\(policy.joined(separator: "; "))\">"
    }

    private static func hash(_ text: String) -> String {
        Data(SHA256.hash(data: Array(text.utf8))).base64EncodedString()
    }

    /// The element of a name that names a file, from its `<` to its last `>`.
    private static func tag(_ name: String, naming attribute: String, in page: String) -> Range<String.Index>? {
        guard let place = page.firstRange(of: attribute), let start = page[..<place.lowerBound].ranges(of: name).last,
            let end = page[place.upperBound...].firstIndex(of: ">")
        else { return nil }
        let after = page.index(after: end)
        guard name == "<script", let close = page[after...].firstRange(of: "</script>") else {
            return start.lowerBound..<after
        }
        return start.lowerBound..<close.upperBound
    }

    /// JSON has `<` within texts alone: written so, no text ends the element that it stands in.
    public static func escaped(_ lines: [UInt8]) -> [UInt8] {
        let escape = Array("\\u003c".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.count + lines.count / 64)
        for byte in lines {
            if byte == UInt8(ascii: "<") { bytes += escape } else { bytes.append(byte) }
        }
        return bytes
    }
}
