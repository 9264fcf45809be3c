package import JSON
private import Values

/// `privilege on resource`, allowed or denied: the short form of a policy's statement.
package struct Grant: Hashable, Sendable, CustomStringConvertible {
  /// An action, a pattern of actions, or a word of `Privileges`.
  package var privilege: String
  /// As it was written; covers what lies below it.
  package var resource: String
  package var isAllow: Bool

  package init(_ privilege: String, on resource: String, isAllow: Bool = true) {
    self.privilege = privilege
    self.resource = resource
    self.isAllow = isAllow
  }

  package var description: String {
    "\(self.isAllow ? "allow" : "deny") \(self.privilege) on \(self.resource)"
  }

  static func unknown(_ privilege: String) -> IdentityError {
    let known = Privileges.names + Action.all.map(\.description)
    return IdentityError(
      .valueMalformed, "\(IdentityError.quoted(privilege)) is no privilege",
      why: "it names no action", tries: Suggestions.nearest(to: privilege, in: known))
  }

  func check() throws(IdentityError) {
    guard self.privilege.utf8.count <= 128, ActionSet(pattern: self.privilege) != nil else {
      throw Self.unknown(self.privilege)
    }
    _ = try ResourceName.canonical(self.resource)
  }
}

/// All grants to one `Who`, kept together: they are compiled together.
package struct GrantList: IdentityRecord {
  package static let kind = RecordKind.grants
  package static let countMax = 30_000
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<GrantList>]> {
    \.grants
  }

  package var who: Who
  package var grants: [Grant]

  package init(_ who: Who, _ grants: [Grant] = []) {
    self.who = who
    self.grants = grants
  }

  package var name: String { self.who.description }

  package func check(in directory: Directory) throws(IdentityError) {
    try directory.checkExists(self.who)
    guard self.grants.count <= IdentityLimits.grantMax else {
      throw IdentityError(
        .limitReached, "\(self.who) has too many grants",
        why: "the limit is \(IdentityLimits.grantMax); a policy or a role holds more",
        tries: ["lakectl role create NAME"])
    }
    for grant in self.grants { try grant.check() }
  }

  package func differences(from asked: GrantList) -> [String] {
    Set(self.grants) == Set(asked.grants) ? [] : ["grants"]
  }
}

extension GrantList {
  package init(json: JSONCursor) throws(JSONError) {
    self.who = try json.who("who")
    self.grants = try json.decode("grants")
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("who", self.who.description)
      json.member("grants", self.grants)
    }
  }
}

extension Grant: JSONDecodable, JSONEncodable {
  package init(json: JSONCursor) throws(JSONError) {
    self.privilege = try json.decode("privilege")
    self.resource = try json.decode("resource")
    self.isAllow = try json.decode("allow", default: true)
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("privilege", self.privilege)
      json.member("resource", self.resource)
      if !self.isAllow { json.member("allow", false) }
    }
  }
}
