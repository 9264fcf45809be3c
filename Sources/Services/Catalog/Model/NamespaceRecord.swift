import Iceberg
import JSON

/// A namespace as the store keeps it.
struct NamespaceRecord: Hashable, Sendable {
  var namespace: Namespace
  var properties: Properties
  /// Counts the changes of its properties.
  var revision: Int64
  var createdAtMS: Int64
  var isProtected: Bool

  init(
    _ namespace: Namespace, properties: Properties = [:], revision: Int64 = 1,
    createdAtMS: Int64, isProtected: Bool = false
  ) {
    self.namespace = namespace
    self.properties = properties
    self.revision = revision
    self.createdAtMS = createdAtMS
    self.isProtected = isProtected
  }
}

extension NamespaceRecord: JSONDecodable, JSONEncodable {
  init(json: JSONCursor) throws(JSONError) {
    self.init(
      try json.decode("namespace"), properties: try json.decode("properties"),
      revision: try json.decode("revision"), createdAtMS: try json.decode("created-at-ms"),
      isProtected: try json.decode("protected", default: false))
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("namespace", self.namespace)
      json.member("properties", self.properties)
      json.member("revision", self.revision)
      json.member("created-at-ms", self.createdAtMS)
      json.member("protected", self.isProtected)
    }
  }
}
