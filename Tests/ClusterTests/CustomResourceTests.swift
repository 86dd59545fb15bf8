// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct CustomResourceTests {
    private static let definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: certificates.cert-manager.io}
        spec:
          group: cert-manager.io
          scope: Namespaced
          names: {plural: certificates, kind: Certificate, shortNames: [cert], categories: [all]}
          versions:
          - {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
          - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}, subresources: {status: {}}}
        """
    private static let certificate = """
        apiVersion: cert-manager.io/v1beta1
        kind: Certificate
        metadata: {name: web}
        spec: {dnsNames: [a.example.com]}
        status: {ready: true}
        """
    private static let key = ObjectKey("Certificate.cert-manager.io", "default", "web")

    @Test func `a definition and its objects come in one manifest, in any order`() throws {
        var lab = try Fixture()
        let applied = try lab.apply(Text.all(Self.certificate, Self.definition))
        #expect(applied.map(\.key.kind) == ["Certificate.cert-manager.io", "CustomResourceDefinition"])
        lab.run()
        #expect(lab.cluster.store[Self.key]?.spec["dnsNames"] == ["a.example.com"])
        let definition = try lab.object("CustomResourceDefinition", "certificates.cert-manager.io", "")
        #expect(definition.condition("Established")?.status == .true)
        #expect(definition.condition("NamesAccepted")?.status == .true)
        #expect(definition.value["status", "storedVersions"] == ["v1"])
        #expect(definition.value["status", "acceptedNames", "singular"] == "certificate")
    }

    @Test func `a kind is found by all its names, in each of its versions`() throws {
        var lab = try Fixture()
        try lab.apply(Self.definition)
        let catalog = lab.cluster.catalog
        for version in ["v1", "v1beta1"] {
            let resource = catalog.resource(group: "cert-manager.io", version: version, plural: "certificates")
            #expect(resource?.keyKind == Self.key.kind)
        }
        #expect(catalog.resource(group: "cert-manager.io", version: "v2", plural: "certificates") == nil)
        #expect(catalog.resource(of: Self.key)?.apiVersions == ["cert-manager.io/v1", "cert-manager.io/v1beta1"])
        for word in ["cert", "certificate", "Certificates", "certificates.cert-manager.io"] {
            #expect(catalog.named(word)?.kind == "Certificate")
        }
        #expect(catalog.all.count == Resource.all.count + 1)
    }

    @Test func `an object is written and kept as it comes, with its status by its own URL`() throws {
        var lab = try Fixture()
        try lab.apply(Self.definition)
        let object = try #require(Manifest.read(Array(Self.certificate.utf8), file: "c.yaml").first).object
        let written = try lab.cluster.create(object, WriteOptions(), now: lab.now).object
        #expect(written.key == Self.key)
        #expect(written.generation == 1)
        #expect(written.value["status"] == nil)
        var changed = written
        changed.value["status"] = ["ready": true]
        changed.value["spec", "more"] = 1
        let status = try lab.cluster.replace(Self.key, changed, .status, WriteOptions(), now: lab.now).object
        #expect(status.value["status", "ready"] == true)
        #expect(status.value["spec", "more"] == nil)
        #expect(status.generation == 1)
        changed.value["metadata", "resourceVersion"] = nil
        #expect(throws: Status.self) { try lab.cluster.replace(Self.key, changed, nil, WriteOptions(), now: lab.now) }
    }

    @Test func `an object is deleted by what its manifest says of it`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Self.definition, Self.certificate))
        let key = ObjectKey(Self.key.kind, "", "web")
        #expect(lab.cluster.delete([key], now: lab.now) == [Self.key])
        #expect(lab.cluster.store[Self.key] == nil)
    }

    @Test func `what a definition made goes with it`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Self.definition, Self.certificate))
        lab.run()
        let key = ObjectKey("CustomResourceDefinition", "", "certificates.cert-manager.io")
        _ = try lab.cluster.delete(key, DeleteOptions(), now: lab.now)
        lab.run()
        #expect(lab.cluster.store[key] == nil)
        #expect(lab.cluster.store[Self.key] == nil)
        #expect(lab.cluster.catalog.customResources.isEmpty)
    }

    @Test func `a kind that nobody made is refused, and a Service of another group is no Service`() throws {
        var lab = try Fixture()
        #expect(try lab.refusal(of: Self.certificate).contains("a lab knows no such kind"))
        let knative = Self.definition.replacing("cert-manager.io", with: "serving.knative.dev")
            .replacing("certificates", with: "services").replacing("Certificate,", with: "Service,")
        try lab.apply(knative)
        try lab.apply(
            "{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: web}, spec: {template: {}}}")
        #expect(lab.cluster.store[ObjectKey("Service", "default", "web")] == nil)
        let key = ObjectKey("Service.serving.knative.dev", "default", "web")
        #expect(lab.cluster.store[key]?.spec == ["template": [:]])
    }

    @Test(arguments: [
        ("name: certificates.cert-manager.io", "name: certs.cert-manager.io", "metadata.name"),
        ("scope: Namespaced", "scope: Everywhere", "spec.scope"),
        ("storage: false", "storage: true", "spec.versions"),
    ]) func `a definition that cannot be is refused`(from: String, to: String, field: String) throws {
        var lab = try Fixture()
        #expect(try lab.refusal(of: Self.definition.replacing(from, with: to)).contains(field))
    }
}
