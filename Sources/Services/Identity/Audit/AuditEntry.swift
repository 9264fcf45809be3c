import Cluster
package import JSON
package import Values
private import Bytes

/// One line of the audit log: who did what to what, and how it went. Never a secret.
package struct AuditEntry: Hashable, Sendable {
  /// 26 digits; newer entries are smaller, so that a list begins with the newest.
  package var id: String
  package var at: WallTime
  /// `user:ann`, `system`.
  package var actor: String
  /// `user.create`, `key.rotate`, `login.refused`.
  package var action: String
  /// `user/ann`.
  package var resource: String
  /// `done`, or the code of an error.
  package var result: String
  /// Names of what was changed, or a reason.
  package var details: [String]
  package var requestID: String
  package var sourceAddress: String

  static func fact(of id: String) -> FactKey { FactKey(RecordKey.auditPrefix + id) }
  var fact: FactKey { Self.fact(of: self.id) }

  var encoded: [UInt8] {
    var bytes = ByteWriter(capacity: 256)
    bytes.appendJSON(self)
    return bytes.bytes.array
  }
}

extension AuditEntry: JSONDecodable, JSONEncodable {
  package init(json: JSONCursor) throws(JSONError) {
    self.id = try json.decode("id")
    self.at = try json.time("at")
    self.actor = try json.decode("actor")
    self.action = try json.decode("action")
    self.resource = try json.decode("resource")
    self.result = try json.decode("result")
    self.details = try json.decode("details", default: [])
    self.requestID = try json.decode("request_id", default: "")
    self.sourceAddress = try json.decode("source", default: "")
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.id)
      json.member("at", time: self.at)
      json.member("actor", self.actor)
      json.member("action", self.action)
      json.member("resource", self.resource)
      json.member("result", self.result)
      json.member("details", list: self.details)
      if !self.requestID.isEmpty { json.member("request_id", self.requestID) }
      if !self.sourceAddress.isEmpty { json.member("source", self.sourceAddress) }
    }
  }
}

/// An entry before it is known when and by whom.
struct AuditDraft: Sendable {
  var action: String
  var resource: String
  var result = "done"
  var details: [String] = []

  init(_ action: String, _ resource: String, details: [String] = []) {
    self.action = action
    self.resource = resource
    self.details = details
  }

  /// The part of the action before the dot.
  var kind: String { String(self.action.prefix { $0 != "." }) }

  func entry(id: String, at now: WallTime, by author: Author) -> AuditEntry {
    AuditEntry(
      id: id, at: now, actor: author.name, action: self.action, resource: self.resource,
      result: self.result, details: self.details, requestID: author.requestID,
      sourceAddress: author.sourceAddress)
  }
}
