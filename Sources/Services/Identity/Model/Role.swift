package import JSON
package import Values

/// A named set of grants and policies that users and groups are given. A role has what the roles it
/// inherits have.
package struct Role: IdentityRecord {
  package static let kind = RecordKind.role
  package static let countMax = IdentityLimits.roleMax
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<Role>]> { \.roles }

  package var name: String
  package var inherits: [String]
  package var policies: [String]
  package var description: String?
  package var createdAt: WallTime

  package init(
    _ name: String, inherits: [String] = [], policies: [String] = [], description: String? = nil
  ) {
    self.name = name
    self.inherits = inherits
    self.policies = policies
    self.description = description
    self.createdAt = WallTime(nanoseconds: 0)
  }

  package func check(in directory: Directory) throws(IdentityError) {
    try Names.check(self.name, "a role")
    try Names.checkDescription(self.description)
    guard BuiltInRoles.all[self.name] == nil else { throw BuiltInRoles.cannotChange(self.name) }
    try directory.checkReferences(Role.self, self.inherits, of: "role \(self.name)")
    try directory.checkReferences(PolicyRecord.self, self.policies, of: "role \(self.name)")
    guard !directory.roleClosure(of: self.inherits).names.contains(self.name) else {
      throw IdentityError(
        .valueMalformed, "role \(self.name) cannot inherit itself",
        why: "one of \(self.inherits.joined(separator: ", ")) inherits it already")
    }
    guard directory.roleClosure(of: self.inherits).depth < IdentityLimits.inheritanceDepthMax else {
      throw IdentityError(
        .limitReached, "role \(self.name) inherits over too many steps",
        why: "the limit is \(IdentityLimits.inheritanceDepthMax)")
    }
  }

  package static func users(of name: String, in directory: Directory) -> String? {
    if let user = directory.users.values.first(where: { $0.record.roles.contains(name) }) {
      return "user \(user.record.name)"
    }
    if let group = directory.groups.values.first(where: { $0.record.roles.contains(name) }) {
      return "group \(group.record.name)"
    }
    if let client = directory.clients.values.first(where: { $0.record.roles.contains(name) }) {
      return "client \(client.record.name)"
    }
    return directory.roles.values.first { $0.record.inherits.contains(name) }
      .map { "role \($0.record.name)" }
  }

  package func prepared(at now: WallTime, stamp: UInt64) -> Role {
    var record = self
    record.createdAt = now
    return record
  }

  package func differences(from asked: Role) -> [String] {
    var names: [String] = []
    if Set(self.inherits) != Set(asked.inherits) { names.append("inherits") }
    if Set(self.policies) != Set(asked.policies) { names.append("policies") }
    if self.description != asked.description { names.append("description") }
    return names
  }
}

extension Role {
  package init(json: JSONCursor) throws(JSONError) {
    self.name = try json.decode("name")
    self.inherits = try json.decode("inherits", default: [])
    self.policies = try json.decode("policies", default: [])
    self.description = try json.decodeIfPresent("description")
    self.createdAt = try json.time("created_at")
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("inherits", list: self.inherits)
      json.member("policies", list: self.policies)
      json.member("description", ifPresent: self.description)
      json.member("created_at", time: self.createdAt)
    }
  }
}
