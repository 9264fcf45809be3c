package import JSON
package import Values

/// Users that share roles and policies. Membership is part of the user.
package struct Group: IdentityRecord {
  package static let kind = RecordKind.group
  package static let countMax = IdentityLimits.groupMax
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<Group>]> {
    \.groups
  }

  package var name: String
  package var roles: [String]
  package var policies: [String]
  package var description: String?
  package var createdAt: WallTime

  package init(
    _ name: String, roles: [String] = [], policies: [String] = [], description: String? = nil
  ) {
    self.name = name
    self.roles = roles
    self.policies = policies
    self.description = description
    self.createdAt = WallTime(nanoseconds: 0)
  }

  package func check(in directory: Directory) throws(IdentityError) {
    try Names.check(self.name, "a group")
    try Names.checkDescription(self.description)
    try directory.checkReferences(Role.self, self.roles, of: "group \(self.name)")
    try directory.checkReferences(PolicyRecord.self, self.policies, of: "group \(self.name)")
  }

  package static func users(of name: String, in directory: Directory) -> String? {
    directory.users.values.first { $0.record.groups.contains(name) }
      .map { "user \($0.record.name)" }
  }

  package func prepared(at now: WallTime, stamp: UInt64) -> Group {
    var record = self
    record.createdAt = now
    return record
  }

  package func differences(from asked: Group) -> [String] {
    var names: [String] = []
    if Set(self.roles) != Set(asked.roles) { names.append("roles") }
    if Set(self.policies) != Set(asked.policies) { names.append("policies") }
    if self.description != asked.description { names.append("description") }
    return names
  }
}

extension Group {
  package init(json: JSONCursor) throws(JSONError) {
    self.name = try json.decode("name")
    self.roles = try json.decode("roles", default: [])
    self.policies = try json.decode("policies", default: [])
    self.description = try json.decodeIfPresent("description")
    self.createdAt = try json.time("created_at")
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("roles", list: self.roles)
      json.member("policies", list: self.policies)
      json.member("description", ifPresent: self.description)
      json.member("created_at", time: self.createdAt)
    }
  }
}
