// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

@Suite struct SchemaTests {
    /// Every type that is reached from the kinds that a lab knows, by its full name.
    private static let reached: [String: TypeSchema] = {
        var found: [String: TypeSchema] = [:]
        var open = Resource.all.flatMap { resource in
            resource.apiVersions.compactMap { SchemaTable.type(ofKind: resource.kind, apiVersion: $0) }
        }
        while let name = open.popLast() {
            guard found[name] == nil, let type = SchemaTable.type(name) else { continue }
            found[name] = type
            open += type.fields.values.compactMap { objectName($0.type) }
        }
        return found
    }()

    private static func objectName(_ schema: Schema) -> String? {
        if case .object(let name) = schema { return name }
        return schema.element.flatMap { objectName($0) }
    }

    @Test(arguments: Resource.all)
    func `every kind has a type, and so have its lists`(_ resource: Resource) throws {
        for apiVersion in resource.apiVersions {
            let name = try #require(SchemaTable.type(ofKind: resource.kind, apiVersion: apiVersion))
            let fields = try #require(SchemaTable.fields(of: name))
            #expect(fields["metadata"]?.type == .object("meta.v1.ObjectMeta"))
            let list = try #require(SchemaTable.type(ofKind: "\(resource.kind)List", apiVersion: apiVersion))
            #expect(SchemaTable.fields(of: list)?["items"]?.type == .list(.object(name)))
        }
    }

    @Test func `every type that a field names is there`() {
        #expect(Self.reached.count > 350)
        for type in Self.reached.values {
            for field in type.fields.values {
                guard let name = Self.objectName(field.type) else { continue }
                #expect(SchemaTable.type(name) != nil, "\(type.name).\(field.name)")
            }
        }
    }

    @Test func `no two fields of a message have one number`() {
        for type in Self.reached.values {
            let numbers = type.fields.values.compactMap { field in field.number.map { [field.wrapper ?? 0, $0] } }
            #expect(Set(numbers).count == numbers.count, "\(type.name)")
        }
    }

    @Test func `merge keys are fields of what they tell apart`() {
        for type in Self.reached.values {
            for field in type.fields.values {
                let element = field.type.element?.typeSchema
                if let key = field.patchMergeKey { #expect(element?.fields[key] != nil, "\(type.name).\(field.name)") }
                guard case .map(let keys) = field.listType else { continue }
                for key in keys { #expect(element?.fields[key] != nil, "\(type.name).\(field.name)") }
            }
        }
    }

    @Test func `a Service's ports are told apart by port and protocol`() throws {
        let ports = try #require(Schema.object("core.v1.ServiceSpec").field("ports"))
        #expect(ports.number == 1)
        #expect(ports.type == .list(.object("core.v1.ServicePort")))
        #expect(ports.patchMergeKey == "port")
        #expect(ports.patchStrategy == .merge)
        #expect(ports.listType == .map(["port", "protocol"]))
        #expect(Schema.object("core.v1.ServicePort").field("port")?.isRequired == true)
    }

    @Test func `a volume's source is one message further down`() throws {
        let emptyDir = try #require(SchemaTable.fields(of: "core.v1.Volume")?["emptyDir"])
        #expect(emptyDir.wrapper == 2)
        #expect(emptyDir.number == 2)
        let volumes = try #require(SchemaTable.fields(of: "core.v1.PodSpec")?["volumes"])
        #expect(volumes.patchStrategy == [.merge, .retainKeys])
    }

    @Test func `selectors are whole, and so are references, but not a volume's claim`() throws {
        #expect(SchemaTable.fields(of: "core.v1.ServiceSpec")?["selector"]?.isWhole == true)
        #expect(SchemaTable.fields(of: "apps.v1.DeploymentSpec")?["selector"]?.isWhole == true)
        #expect(SchemaTable.fields(of: "core.v1.EndpointAddress")?["targetRef"]?.isWhole == true)
        #expect(SchemaTable.fields(of: "core.v1.PersistentVolumeSpec")?["claimRef"]?.isWhole == false)
        #expect(SchemaTable.fields(of: "meta.v1.ObjectMeta")?["labels"]?.isWhole == false)
    }

    @Test(arguments: [("Service", "serving.knative.dev/v1"), ("Widget", "v1"), ("Deployment", "v1"), ("Pod", "v2")])
    func `what is not Kubernetes' own has no type`(_ kind: String, _ apiVersion: String) {
        #expect(SchemaTable.type(ofKind: kind, apiVersion: apiVersion) == nil)
    }
}
