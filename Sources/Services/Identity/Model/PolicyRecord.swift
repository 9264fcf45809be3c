package import JSON
package import Values

/// A policy under a name, attached to users, groups, roles and clients. The text is kept as it was given.
package struct PolicyRecord: IdentityRecord {
  package static let kind = RecordKind.policy
  package static let countMax = IdentityLimits.policyMax
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<PolicyRecord>]> {
    \.policies
  }

  package var name: String
  /// A `PolicyDocument` of an identity.
  package var text: String
  package var description: String?
  package var createdAt: WallTime

  package init(_ name: String, text: String, description: String? = nil) {
    self.name = name
    self.text = text
    self.description = description
    self.createdAt = WallTime(nanoseconds: 0)
  }

  package func check(in directory: Directory) throws(IdentityError) {
    try Names.check(self.name, "a policy")
    try Names.checkDescription(self.description)
    _ = try PolicyDocument(parsing: self.text, placement: .identity)
  }

  package static func users(of name: String, in directory: Directory) -> String? {
    if let user = directory.users.values.first(where: { $0.record.policies.contains(name) }) {
      return "user \(user.record.name)"
    }
    if let group = directory.groups.values.first(where: { $0.record.policies.contains(name) }) {
      return "group \(group.record.name)"
    }
    if let client = directory.clients.values.first(where: { $0.record.policies.contains(name) }) {
      return "client \(client.record.name)"
    }
    return directory.roles.values.first { $0.record.policies.contains(name) }
      .map { "role \($0.record.name)" }
  }

  package func prepared(at now: WallTime, stamp: UInt64) -> PolicyRecord {
    var record = self
    record.createdAt = now
    return record
  }

  package func differences(from asked: PolicyRecord) -> [String] {
    let isSame = (try? JSONValue(parsing: self.text)) == (try? JSONValue(parsing: asked.text))
    return (isSame ? [] : ["document"])
      + (self.description == asked.description ? [] : ["description"])
  }
}

extension PolicyRecord {
  package init(json: JSONCursor) throws(JSONError) {
    self.name = try json.decode("name")
    self.text = try json.decode("document")
    self.description = try json.decodeIfPresent("description")
    self.createdAt = try json.time("created_at")
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("document", self.text)
      json.member("description", ifPresent: self.description)
      json.member("created_at", time: self.createdAt)
    }
  }
}
