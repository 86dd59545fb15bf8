// SPDX-License-Identifier: Apache-2.0

/// The file of a folder that a request names, or the folder's `index.html`; nil if there is none.
func fileAnswer(_ request: Request, below folder: String) -> Answer? {
    let path = String(decoding: percentDecoded(request.head[request.path]), as: UTF8.self)
    let parts = path.split(separator: "/")
    guard request.isMethod("GET") || request.isMethod("HEAD"), !parts.contains("..") else { return nil }
    let place = parts.reduce(folder == "/" ? "" : folder) { "\($0)/\($1)" }
    for candidate in path.hasSuffix("/") || parts.isEmpty ? ["\(place)/index.html"] : [place, "\(place)/index.html"] {
        guard let bytes = fileBytes(candidate) else { continue }
        var answer = Answer()
        answer.body = bytes
        answer.contentType = contentType(candidate)
        return answer
    }
    return nil
}

private func contentType(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    let ending = name.contains(".") ? name.split(separator: ".").last ?? "" : ""
    switch ending {
    case "html", "htm": return "text/html; charset=utf-8"
    case "css": return "text/css; charset=utf-8"
    case "js": return "text/javascript; charset=utf-8"
    case "json": return "application/json"
    case "svg": return "image/svg+xml"
    case "png": return "image/png"
    case "jpg", "jpeg": return "image/jpeg"
    case "ico": return "image/x-icon"
    default: return "text/plain; charset=utf-8"
    }
}
