// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import FoundationEssentials
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// A lab's certificates: that of an authority, which clients are told to trust, and the one that the server shows.
///
/// The authority's key is forgotten as soon as it has signed: nothing else is ever vouched for. All is text in PEM, so
/// that it can be kept in a file.
public struct Authority: Sendable, Hashable {
    /// The authority's certificate, for `certificate-authority` in a kubeconfig and `kube-root-ca.crt`.
    public let certificate: String
    /// The certificate that the server shows.
    public let servingCertificate: String
    /// The key that goes with it, a secret.
    public let servingKey: String

    /// Makes new ones, good for ten years.
    /// - Parameters:
    ///   - name: the lab's, which goes into the authority's name.
    ///   - names: the DNS names by which the server is reached.
    ///   - addresses: the addresses by which it is reached, in network order: 4 or 16 bytes each.
    public init(name: String, names: [String], addresses: [[UInt8]]) throws {
        let (root, rootKey) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
        let issuer = try DistinguishedName { CommonName(String("lab-\(name)-ca".prefix(64))) }
        let authority = try Authority.sign(
            issuer: issuer, subject: issuer, rootKey, of: rootKey, Authority.extensionsOfAuthority(rootKey))
        let serving = try Authority.sign(
            issuer: issuer, subject: try DistinguishedName { CommonName("kube-apiserver") }, rootKey, of: root,
            Authority.extensionsOfServer(
                root, issuer: rootKey,
                names.map { .dnsName($0) } + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }))
        certificate = try authority.serializeAsPEM().pemString + "\n"
        servingCertificate = try serving.serializeAsPEM().pemString + "\n"
        servingKey = root.pemRepresentation + "\n"
    }

    /// Those that were made before.
    public init(certificate: String, servingCertificate: String, servingKey: String) {
        self.certificate = certificate
        self.servingCertificate = servingCertificate
        self.servingKey = servingKey
    }

    /// The authority's certificate for `certificate-authority-data` in a kubeconfig: the text in base64 once more.
    public var certificateBase64: String { Data(certificate.utf8).base64EncodedString() }

    /// What the server's side of TLS needs.
    func context() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(servingCertificate.utf8))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(servingKey.utf8), format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    // MARK: Making them

    private static func sign(
        issuer: DistinguishedName, subject: DistinguishedName, _ issuerKey: P256.Signing.PrivateKey,
        of key: P256.Signing.PrivateKey, _ extensions: Certificate.Extensions
    ) throws -> Certificate {
        let now = Date.now
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PrivateKey(key).publicKey,
            // A minute of grace for clocks that differ.
            notValidBefore: now - 60, notValidAfter: now + 10 * 365 * 86_400, issuer: issuer, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
            issuerPrivateKey: Certificate.PrivateKey(issuerKey))
    }

    private static func extensionsOfAuthority(_ key: P256.Signing.PrivateKey) throws -> Certificate.Extensions {
        try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
            SubjectKeyIdentifier(hash: Certificate.PrivateKey(key).publicKey)
        }
    }

    private static func extensionsOfServer(
        _ key: P256.Signing.PrivateKey, issuer: P256.Signing.PrivateKey, _ names: [GeneralName]
    ) throws -> Certificate.Extensions {
        let identifier = SubjectKeyIdentifier(hash: Certificate.PrivateKey(issuer).publicKey).keyIdentifier
        return try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([.serverAuth])
            SubjectKeyIdentifier(hash: Certificate.PrivateKey(key).publicKey)
            AuthorityKeyIdentifier(keyIdentifier: identifier)
            SubjectAlternativeNames(names)
        }
    }
}
