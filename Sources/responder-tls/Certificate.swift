// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import FoundationEssentials
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// A TLS server's settings with a certificate that it signs itself: nobody vouches for it, as `curl -k` accepts.
/// - Parameter name: the Pod's name, which becomes the common name and, beside `localhost`, an alternative name.
func selfSignedConfiguration(name: String) throws -> TLSConfiguration {
    let key = P256.Signing.PrivateKey()
    let certificate = try selfSigned(name: name, key: Certificate.PrivateKey(key))
    var serializer = DER.Serializer()
    try serializer.serialize(certificate)
    let chain = try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
    let privateKey = try NIOSSLPrivateKey(bytes: Array(key.derRepresentation), format: .der)
    var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: [.certificate(chain)], privateKey: .privateKey(privateKey))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    return configuration
}

private func selfSigned(name: String, key: Certificate.PrivateKey) throws -> Certificate {
    // A common name has at most 64 characters (RFC 5280, ub-common-name); a Pod's name may have more.
    let subject = try DistinguishedName { CommonName(String(name.prefix(64))) }
    let day: TimeInterval = 86_400
    return try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
        notValidBefore: Date.now - day, notValidAfter: Date.now + 365 * day, issuer: subject, subject: subject,
        signatureAlgorithm: .ecdsaWithSHA256,
        extensions: try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            SubjectAlternativeNames(name == "localhost" ? [.dnsName(name)] : [.dnsName("localhost"), .dnsName(name)])
        },
        issuerPrivateKey: key)
}
