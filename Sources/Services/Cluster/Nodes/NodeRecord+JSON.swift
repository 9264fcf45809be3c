import Bytes
import JSON
import Values

extension JSONWriter {
  /// Nanoseconds since 1970: what is kept is not what is shown.
  mutating func member(_ name: StaticString, _ time: WallTime?) {
    self.member(name, time?.nanoseconds)
  }

  mutating func member(_ name: StaticString, _ id: ULID) { self.member(name, id.description) }
}

extension JSONCursor {
  func time(_ name: StaticString) throws(JSONError) -> WallTime {
    WallTime(nanoseconds: try self.decode(name))
  }

  func timeIfPresent(_ name: StaticString) throws(JSONError) -> WallTime? {
    try self.decodeIfPresent(name, as: Int64.self).map { WallTime(nanoseconds: $0) }
  }

  func identifier(_ name: StaticString) throws(JSONError) -> ULID {
    let text = try self.decode(name, as: String.self)
    do throws(ValueError) {
      return try ULID(parsing: text)
    } catch {
      throw JSONError(.outOfRange, error.message, path: "$")
    }
  }
}

extension NodeRecord: JSONEncodable, JSONDecodable {
  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.node.name)
      json.member("id", self.node.id)
      json.member("address", self.node.address)
      json.member("roles", self.node.roles)
      json.member("labels", self.node.labels)
      json.member("version", self.node.version)
      json.member("started_ns", self.node.startedAt)
      json.member("intent", self.intent)
    }
  }

  init(json: JSONCursor) throws(JSONError) {
    self.node = NodeDescription(
      name: try json.decode("name"), id: try json.identifier("id"),
      address: try json.decode("address"), roles: try json.decode("roles"),
      labels: try json.decode("labels"), version: try json.decode("version"),
      startedAt: try json.time("started_ns"))
    self.intent = try json.decode("intent")
  }
}

extension NodeHeartbeat: JSONEncodable, JSONDecodable {
  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.id)
      json.member("at_ns", self.at)
      json.member("numbers", self.numbers)
    }
  }

  init(json: JSONCursor) throws(JSONError) {
    self.id = try json.identifier("id")
    self.at = try json.time("at_ns")
    self.numbers = try json.decode("numbers")
  }
}
