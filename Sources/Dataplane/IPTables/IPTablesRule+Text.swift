// SPDX-License-Identifier: Apache-2.0
internal import Net

extension IPTablesRule {
    /// The rule as `iptables-save` prints it, after `-A CHAIN`; begins with a blank.
    /// - Parameter counting: false leaves out `-m nfacct`, for kernels without it.
    func text(_ family: Family, counting: Bool = true) -> String {
        var text = ""
        for match in matches {
            if !counting, case .count = match { continue }
            text += " "
            text += match.text(family)
        }
        if let target {
            text += " -j "
            text += target.text(family)
        }
        return text
    }
}

extension IPTablesMatch {
    func text(_ family: Family) -> String {
        switch self {
        case .source(let prefix, let negated): "\(negated ? "! " : "")-s \(prefix)"
        case .destination(let prefix, let negated): "\(negated ? "! " : "")-d \(prefix)"
        case .transport(let transport): "-p \(transport.keyword)"
        case .comment(let comment): "-m comment --comment " + IPTablesMatch.quoted(comment)
        case .anyPort(let transport): "-m \(transport.keyword)"
        case .port(let transport, let port): "-m \(transport.keyword) --dport \(port)"
        case .ports(let ports): "-m multiport --dports " + ports.map { String($0) }.joined(separator: ",")
        case .local(let side): "-m addrtype --\(side.rawValue)-type LOCAL"
        case .state(let states, let negated):
            "-m conntrack \(negated ? "! " : "")--ctstate "
                + ConnectionState.allCases.filter(states.contains).map(\.rawValue).joined(separator: ",")
        case .mark(let value, let mask, let negated):
            "-m mark \(negated ? "! " : "")--mark \(IPTablesMatch.hexadecimal(value, mask))"
        case .oneOf(let cases): "-m statistic --mode random --probability \(RandomShare.text(oneOf: cases))"
        case .seen(let seconds, let list):
            "-m recent --rcheck --seconds \(seconds) --reap --name \(list) --mask \(family.mask) --rsource"
        case .remember(let list): "-m recent --set --name \(list) --mask \(family.mask) --rsource"
        // The extension prints two blanks.
        case .count(let name): "-m nfacct --nfacct-name  \(name)"
        }
    }

    /// A value and its mask, as marks are printed.
    static func hexadecimal(_ value: UInt32, _ mask: UInt32) -> String {
        "0x\(String(value, radix: 16))/0x\(String(mask, radix: 16))"
    }

    /// A text as iptables prints it: in quotation marks if it is more than a word.
    /// The corresponding C function is `xtables_save_string`.
    static func quoted(_ text: String) -> String {
        let isWord = text.utf8.allSatisfy {
            switch $0 {
            case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard !isWord || text.isEmpty else { return text }
        guard text.utf8.contains(where: { $0 == 34 || $0 == 39 || $0 == 92 }) else { return "\"\(text)\"" }
        return "\"" + text.map { "\"'\\".contains($0) ? "\\\($0)" : String($0) }.joined() + "\""
    }
}

extension IPTablesTarget {
    func text(_ family: Family) -> String {
        switch self {
        case .jump(let chain): chain
        case .accept: "ACCEPT"
        case .drop: "DROP"
        case .return: "RETURN"
        case .reject: "REJECT --reject-with " + (family == .v4 ? "icmp-port-unreachable" : "icmp6-port-unreachable")
        case .mark(let value, let mask): "MARK --set-xmark \(IPTablesMatch.hexadecimal(value, mask))"
        case .masquerade(let randomPort): randomPort ? "MASQUERADE --random-fully" : "MASQUERADE"
        case .translate(let target): "DNAT --to-destination \(target)"
        }
    }
}

extension Family {
    /// All bits, as `recent` prints a mask.
    fileprivate var mask: String {
        self == .v4 ? "255.255.255.255" : Array(repeating: "ffff", count: 8).joined(separator: ":")
    }
}

/// The share of packets that `statistic` lets through, on its way from kube-proxy through iptables to the kernel and back.
enum RandomShare {
    /// `1/N` as `iptables-save` prints it.
    ///
    /// kube-proxy writes ten digits after the point, iptables rounds them to a number of 31 bits, which the kernel
    /// compares with random bits, and prints that with eleven digits: a third is `0.33333333349`.
    static func text(oneOf cases: UInt32) -> String {
        let tenDigits = rounded(1 / Double(max(cases, 1)))
        let scale: UInt128 = 10_000_000_000
        let kernel = (tenDigits << 32 + scale) / (scale << 1)
        let eleven = halfToEven(kernel * 100_000_000_000, by: 1 << 31)
        let digits = String(eleven % 100_000_000_000)
        return "\(eleven / 100_000_000_000)." + String(repeating: "0", count: 11 - digits.count) + digits
    }

    /// A number of at most 1 with ten digits after the point, as a whole number; rounded as C's `printf` does.
    private static func rounded(_ number: Double) -> UInt128 {
        let significand = UInt128(number.significandBitPattern | 1 << 52)
        let exponent = UInt128(52 - number.exponent)
        return halfToEven(significand * 10_000_000_000, by: 1 << exponent)
    }

    private static func halfToEven(_ number: UInt128, by divisor: UInt128) -> UInt128 {
        let (quotient, rest) = number.quotientAndRemainder(dividingBy: divisor)
        if rest << 1 == divisor { return quotient + quotient & 1 }
        return rest << 1 > divisor ? quotient + 1 : quotient
    }
}
