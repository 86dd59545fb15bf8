// SPDX-License-Identifier: Apache-2.0

extension Status {
    /// A patch that does not fit its object. A real server says no more than this.
    static let patchRejected = Status(
        .invalid, "the server rejected our request due to an error in our request", Details())

    /// A failure that a real server has no reason for, and so answers with 500 and the bare sentence.
    static func unforeseen(_ message: String) -> Status {
        var status = Status(.internalError, message)
        status.reason = nil
        return status
    }

    /// A patch that gave what cannot be read: ` "" is invalid: patch: Invalid value: "{…}": json: cannot unmarshal
    /// string into Go struct field …`.
    static func invalidPatch(_ shown: String, _ why: String) -> Status {
        let problem = Problem("patch", .invalid, value: shown.quoted, why)
        var details = Details()
        details.causes = [
            Cause(reason: problem.reason.rawValue, message: problem.body, field: problem.path)
        ]
        return Status(.invalid, " \"\" is invalid: \(problem)", details)
    }
}
