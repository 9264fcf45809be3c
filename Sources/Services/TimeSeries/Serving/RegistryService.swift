package import GRPCServing
import HTTP
package import Protobuf
import SeriesSchema
import SeriesWire

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

/// Where a message keeps something.
typealias Place<Message, Value> = any (WritableKeyPath<Message, Value> & Sendable)

/// The name of an object, as most requests have it.
typealias ObjectName = CommonWire.Metadata?

extension SeriesFront {
  /// The service that keeps objects of one kind, from where its messages keep things.
  ///
  /// The group of a request that names none is empty: the rules of its fields refuse it, unless it may not be made
  /// anyway.
  ///
  /// - Parameters:
  ///   - path: of the kind over HTTP.
  ///   - field: the object's in requests.
  func registry<
    Object: SchemaObject, Create: ProtobufMessage, Created: ProtobufMessage,
    Update: ProtobufMessage, Updated: ProtobufMessage, Delete: ProtobufMessage,
    Deleted: ProtobufMessage, Get: ProtobufMessage, Got: ProtobufMessage, List: ProtobufMessage,
    Listed: ProtobufMessage, Exist: ProtobufMessage, Existed: ProtobufMessage
  >(
    _ name: String, path: String, field: String,
    create: Place<Create, Object?>, created: Place<Created, Int64>,
    update: Place<Update, Object?>, updated: Place<Updated, Int64>,
    delete: Place<Delete, ObjectName>, deleted: Place<Deleted, Bool>,
    deletedAt: Place<Deleted, Int64>,
    get: Place<Get, ObjectName>, got: Place<Got, Object?>, list: Place<List, String>,
    listed: Place<Listed, [Object]>,
    exist: Place<Exist, ObjectName>, hasGroup: Place<Existed, Bool>, hasObject: Place<Existed, Bool>
  ) -> ServiceRPCs {
    let (service, schema) = ("banyandb.database.v1.\(name)", "/v1/\(path)/schema")
    let named = ["metadata.group", "metadata.name"]
    let registry = self.registry
    let changes = [
      UnaryRPC(
        "/\(service)/Create", Create.self, Created.self, .write,
        http: [HTTPBinding(.post, schema)], groups: { [$0[keyPath: create]?.key.group ?? ""] }
      ) { request throws(SeriesFault) in
        let object = try FieldRules.checked(request[keyPath: create], field)
        return .with(created, try await registry.create(object))
      },
      UnaryRPC(
        "/\(service)/Update", Update.self, Updated.self, .write,
        http: [HTTPBinding(.put, "\(schema)/{group}/{name}", named.map { "\(field).\($0)" })],
        groups: { [$0[keyPath: update]?.key.group ?? ""] }
      ) { request throws(SeriesFault) in
        let object = try FieldRules.checked(request[keyPath: update], field)
        return .with(updated, try await registry.update(object))
      },
      UnaryRPC(
        "/\(service)/Delete", Delete.self, Deleted.self, .write,
        http: [HTTPBinding(.delete, "\(schema)/{group}/{name}", named)],
        groups: { [$0[keyPath: delete]?.group ?? ""] }
      ) { request throws(SeriesFault) in
        let name = request[keyPath: delete] ?? CommonWire.Metadata()
        let deletion = try await registry.delete(SchemaKey(Object.kind, name.group, name.name))
        return .with(deleted, deletion.isDeleted).with(deletedAt, deletion.time)
      },
    ]
    let reads = [
      UnaryRPC(
        "/\(service)/Get", Get.self, Got.self,
        http: [HTTPBinding(.get, "\(schema)/{group}/{name}", named)],
        groups: { [$0[keyPath: get]?.group ?? ""] }
      ) { request throws(SeriesFault) in
        .with(got, try registry.get(Object.self, request[keyPath: get]))
      },
      UnaryRPC(
        "/\(service)/List", List.self, Listed.self,
        http: [HTTPBinding(.get, "\(schema)/lists/{group}", ["group"])],
        groups: { [$0[keyPath: list]] }
      ) { request throws(SeriesFault) in
        .with(listed, try registry.list(Object.self, in: request[keyPath: list]))
      },
      UnaryRPC(
        "/\(service)/Exist", Exist.self, Existed.self,
        groups: { [$0[keyPath: exist]?.group ?? ""] }
      ) { request throws(SeriesFault) in
        let found = registry.exists(Object.kind, request[keyPath: exist])
        return .with(hasGroup, found.group).with(hasObject, found.object)
      },
    ]
    return ServiceRPCs(
      name: service, schema: BanyandbDatabaseV1RegistrySchema.file, unary: changes + reads)
  }
}

extension ProtobufMessage {
  static func with<Value>(_ place: WritableKeyPath<Self, Value>, _ value: Value) -> Self {
    Self().with(place, value)
  }

  func with<Value>(_ place: WritableKeyPath<Self, Value>, _ value: Value) -> Self {
    var message = self
    message[keyPath: place] = value
    return message
  }
}
