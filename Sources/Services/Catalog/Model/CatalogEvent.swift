import Iceberg
import JSON
import Values

/// Something that has happened, for those who listen. Written in the transaction that made it so.
struct CatalogEvent: Hashable, Sendable {
  var id: ObjectID
  /// `table.committed`
  var type: Kind
  var atMS: Int64
  var warehouse: String
  var namespace: Namespace?
  var name: String?
  var actor: String
  var details: Properties

  struct Kind: RawRepresentable, Hashable, Sendable {
    let rawValue: String
    init(rawValue: String) { self.rawValue = rawValue }

    static let namespaceCreated = Kind(rawValue: "namespace.created")
    static let namespaceUpdated = Kind(rawValue: "namespace.updated")
    static let namespaceDropped = Kind(rawValue: "namespace.dropped")
    static let tableCreated = Kind(rawValue: "table.created")
    static let tableCommitted = Kind(rawValue: "table.committed")
    static let tableRegistered = Kind(rawValue: "table.registered")
    static let tableUnregistered = Kind(rawValue: "table.unregistered")
    static let tableDropped = Kind(rawValue: "table.dropped")
    static let tableRenamed = Kind(rawValue: "table.renamed")
    static let tableRestored = Kind(rawValue: "table.restored")
    static let tablePurged = Kind(rawValue: "table.purged")
    static let viewCreated = Kind(rawValue: "view.created")
    static let viewReplaced = Kind(rawValue: "view.replaced")
    static let viewRegistered = Kind(rawValue: "view.registered")
    static let viewDropped = Kind(rawValue: "view.dropped")
    static let viewRenamed = Kind(rawValue: "view.renamed")
    static let viewRestored = Kind(rawValue: "view.restored")
    static let transactionCommitted = Kind(rawValue: "transaction.committed")
    static let warehouseCreated = Kind(rawValue: "warehouse.created")
    static let warehouseUpdated = Kind(rawValue: "warehouse.updated")
    static let warehouseDropped = Kind(rawValue: "warehouse.dropped")
  }

  init(
    id: ObjectID, _ type: Kind, atMS: Int64, warehouse: String, namespace: Namespace? = nil,
    name: String? = nil, actor: String, details: Properties = [:]
  ) {
    self.id = id
    self.type = type
    self.atMS = atMS
    self.warehouse = warehouse
    self.namespace = namespace
    self.name = name
    self.actor = actor
    self.details = details
  }
}

/// An event with its number: later ones have larger numbers, without holes.
struct NumberedEvent: Hashable, Sendable {
  var number: Int64
  var event: CatalogEvent
}

extension CatalogEvent: JSONDecodable, JSONEncodable {
  init(json: JSONCursor) throws(JSONError) {
    let type: String = try json.decode("type")
    self.init(
      id: try json.uuid("id"), Kind(rawValue: type), atMS: try json.decode("at-ms"),
      warehouse: try json.decode("warehouse"), namespace: try json.decodeIfPresent("namespace"),
      name: try json.decodeIfPresent("name"), actor: try json.decode("actor"),
      details: try json.decode("details"))
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.id.description)
      json.member("type", self.type.rawValue)
      json.member("at-ms", self.atMS)
      json.member("warehouse", self.warehouse)
      json.member("namespace", ifPresent: self.namespace)
      json.member("name", ifPresent: self.name)
      json.member("actor", self.actor)
      json.member("details", self.details)
    }
  }
}
