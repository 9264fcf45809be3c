package import GRPCServing
import HTTP
package import Protobuf
import SeriesSchema
import SeriesWire

/// One of the registry services: its messages, and where they keep things.
protocol RegistryWire: SendableMetatype {
  associatedtype Object: SchemaObject
  associatedtype Create: ProtobufMessage
  associatedtype Created: ProtobufMessage
  associatedtype Update: ProtobufMessage
  associatedtype Updated: ProtobufMessage
  associatedtype Delete: ProtobufMessage
  associatedtype Deleted: ProtobufMessage
  associatedtype Get: ProtobufMessage
  associatedtype Got: ProtobufMessage
  associatedtype List: ProtobufMessage
  associatedtype Listed: ProtobufMessage
  associatedtype Exist: ProtobufMessage
  associatedtype Existed: ProtobufMessage

  static var service: String { get }
  /// Of the object's kind over HTTP.
  static var path: String { get }
  /// The object's field in requests.
  static var field: String { get }
  static func object(_ request: Create) -> Object?
  static func object(_ request: Update) -> Object?
  static func name(_ request: Delete) -> CommonWire.Metadata?
  static func name(_ request: Get) -> CommonWire.Metadata?
  static func name(_ request: Exist) -> CommonWire.Metadata?
  static func group(_ request: List) -> String
  static func created(_ revision: Int64) -> Created
  static func updated(_ revision: Int64) -> Updated
  static func deleted(_ deletion: SchemaDeletion) -> Deleted
  static func got(_ object: Object) -> Got
  static func listed(_ objects: [Object]) -> Listed
  static func existed(_ group: Bool, _ object: Bool) -> Existed
}

/// The methods of a service, for both doors.
package struct ServiceRPCs: Sendable {
  package var name: String
  package var schema: FileSchema
  package var unary: [UnaryRPC]
  package var streams: [MethodHandler] = []
  /// Nil: nobody counts.
  package var calls: SeriesCalls?

  package var definition: ServiceDefinition {
    ServiceDefinition(self.name, self.schema, self.unary.map { $0.grpc(self.calls) } + self.streams)
  }
}

extension RegistryWire {
  static func rpcs(_ registry: SchemaRegistry) -> ServiceRPCs {
    let service = "banyandb.database.v1.\(self.service)"
    let schema = "/v1/\(self.path)/schema"
    let named = ["metadata.group", "metadata.name"]
    return ServiceRPCs(
      name: service, schema: BanyandbDatabaseV1RegistrySchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Create", Create.self, Created.self, .write,
          http: [HTTPBinding(.post, schema)],
          groups: { self.groups(self.object($0)?.key) }
        ) { request throws(SeriesFault) in
          let object = try self.checked(self.object(request))
          return self.created(try await registry.create(object))
        },
        UnaryRPC(
          "/\(service)/Update", Update.self, Updated.self, .write,
          http: [
            HTTPBinding(.put, "\(schema)/{group}/{name}", named.map { "\(self.field).\($0)" })
          ], groups: { self.groups(self.object($0)?.key) }
        ) { request throws(SeriesFault) in
          let object = try self.checked(self.object(request))
          return self.updated(try await registry.update(object))
        },
        UnaryRPC(
          "/\(service)/Delete", Delete.self, Deleted.self, .write,
          http: [HTTPBinding(.delete, "\(schema)/{group}/{name}", named)],
          groups: { self.groups(self.name($0)) }
        ) { request throws(SeriesFault) in
          let name = self.name(request) ?? CommonWire.Metadata()
          let key = SchemaKey(Object.kind, name.group, name.name)
          return self.deleted(try await registry.delete(key))
        },
        UnaryRPC(
          "/\(service)/Get", Get.self, Got.self,
          http: [HTTPBinding(.get, "\(schema)/{group}/{name}", named)],
          groups: { self.groups(self.name($0)) }
        ) { request throws(SeriesFault) in
          self.got(try registry.get(Object.self, self.name(request)))
        },
        UnaryRPC(
          "/\(service)/List", List.self, Listed.self,
          http: [HTTPBinding(.get, "\(schema)/lists/{group}", ["group"])],
          groups: { [self.group($0)] }
        ) { request throws(SeriesFault) in
          self.listed(try registry.list(Object.self, in: self.group(request)))
        },
        UnaryRPC(
          "/\(service)/Exist", Exist.self, Existed.self,
          groups: { self.groups(self.name($0)) }
        ) { request throws(SeriesFault) in
          let (group, object) = registry.exists(Object.kind, self.name(request))
          return self.existed(group, object)
        },
      ])
  }

  /// Of a request that names none: the rules of its fields refuse it, unless it may not be made anyway.
  private static func groups(_ key: SchemaKey?) -> [String] { [key?.group ?? ""] }
  private static func groups(_ name: CommonWire.Metadata?) -> [String] { [name?.group ?? ""] }

  private static func checked(_ object: Object?) throws(SeriesFault) -> Object {
    guard let object else { throw .rule(self.field, "value is required") }
    try FieldRules.check(object)
    return object
  }
}
