// SPDX-License-Identifier: Apache-2.0

/// A message (RFC 1035, section 4): a query or an answer to one.
public struct Message: Sendable, Hashable {
    /// By which the answer is known.
    public var id: UInt16 = 0
    /// True for an answer (QR).
    public var isResponse = false
    /// What kind of query it is: 0 for the usual one.
    public var opcode: UInt8 = 0
    /// AA: who answers is in charge of the name.
    public var isAuthoritative = false
    /// TC: there is more than the datagram holds.
    public var isTruncated = false
    /// RD: the client wants others to be asked too.
    public var isRecursionDesired = false
    /// RA: the server does that.
    public var isRecursionAvailable = false
    /// AD: the signatures were checked (RFC 4035).
    public var isAuthentic = false
    /// CD: the client checks signatures itself.
    public var isCheckingDisabled = false
    /// What became of the query. Codes over 15 need `edns`.
    public var code = ResponseCode.noError
    /// What is asked: one, in all messages that mean something (RFC 9619).
    public var questions: [Query] = []
    /// What answers the question.
    public var answers: [Record] = []
    /// Who is in charge, or the head of the zone that has no answer.
    public var authorities: [Record] = []
    /// What the client will ask for next.
    public var additionals: [Record] = []
    /// What the sender says of itself; nil if it does not know EDNS.
    public var edns: EDNS?

    /// A query for nothing, with an id of 0.
    public init() {}

    /// A query as a resolver of the C library sends it.
    public init(asking query: Query, id: UInt16 = 0, edns: EDNS? = nil) {
        self.id = id
        isRecursionDesired = true
        questions = [query]
        self.edns = edns
    }
}

/// What is asked for: names of records of a type.
public struct Query: Sendable, Hashable, CustomStringConvertible {
    /// Whose records.
    public var name: DomainName
    /// Which of them.
    public var type: RecordType
    /// In which world.
    public var recordClass: RecordClass

    /// Puts one together from its parts.
    public init(_ name: DomainName, _ type: RecordType, _ recordClass: RecordClass = .internet) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
    }

    /// `hello.default.svc.cluster.local. A`.
    public var description: String { "\(name) \(type)" }
}

/// What a sender says of itself (RFC 6891): the record OPT.
public struct EDNS: Sendable, Hashable {
    /// The longest datagram that it takes, in bytes; less than 512 counts as 512.
    public var size: UInt16
    /// 0 is the only version there is.
    public var version: UInt8
    /// DO: it wants signatures (RFC 3225).
    public var wantsSignatures: Bool
    /// Everything else that it says.
    public var options: [Option]

    /// One thing that a sender says, as a cookie (RFC 7873).
    public struct Option: Sendable, Hashable {
        /// What it is about.
        public var code: UInt16
        /// What it says.
        public var data: [UInt8]

        /// Puts one together from its parts.
        public init(code: UInt16, data: [UInt8]) {
            self.code = code
            self.data = data
        }
    }

    /// Puts one together from its parts.
    public init(size: UInt16 = 1232, version: UInt8 = 0, wantsSignatures: Bool = false, options: [Option] = []) {
        self.size = size
        self.version = version
        self.wantsSignatures = wantsSignatures
        self.options = options
    }
}
