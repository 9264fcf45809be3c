package import JSON
package import Values

/// An owner of buckets and users: what S3 calls a canonical user.
package struct Account: IdentityRecord {
  package static let kind = RecordKind.account
  package static let countMax = IdentityLimits.accountMax
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<Account>]> {
    \.accounts
  }

  /// 64 hexadecimal digits, lower case.
  package var id: String
  /// For people and for S3's `DisplayName`.
  package var displayName: String
  package var email: String?
  package var createdAt: WallTime

  package init(id: String, displayName: String, email: String? = nil, createdAt: WallTime) {
    self.id = id
    self.displayName = displayName
    self.email = email
    self.createdAt = createdAt
  }

  package var name: String { self.id }

  static func checkID(_ id: String) throws(IdentityError) {
    guard id.utf8.count == 64,
      id.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else {
      throw IdentityError(
        .nameMalformed, "\(IdentityError.quoted(id)) is no account id",
        why: "it has 64 hexadecimal digits in lower case")
    }
  }

  package func check(in directory: Directory) throws(IdentityError) {
    try Self.checkID(self.id)
    guard (1...128).contains(self.displayName.utf8.count),
      self.displayName.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else {
      throw IdentityError(
        .nameMalformed,
        "\(IdentityError.quoted(self.displayName)) is no display name for an account",
        why: "it has 1 to 128 bytes without control characters")
    }
    if let email = self.email {
      let parts = email.split(separator: "@", omittingEmptySubsequences: false)
      guard email.utf8.count <= 254, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
        email.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
      else {
        throw IdentityError(
          .valueMalformed, "\(IdentityError.quoted(email)) is no e-mail address")
      }
    }
    let twin = directory.accounts.values.first {
      $0.record.displayName == self.displayName && $0.record.id != self.id
    }
    guard twin == nil else {
      throw IdentityError(
        .exists, "there is another account \(IdentityError.quoted(self.displayName))")
    }
  }

  package static func users(of name: String, in directory: Directory) -> String? {
    if let user = directory.users.values.first(where: { $0.record.accountID == name }) {
      return "user \(user.record.name)"
    }
    if let client = directory.clients.values.first(where: { $0.record.accountID == name }) {
      return "client \(client.record.name)"
    }
    return directory.keys.values.first { $0.record.owner == .account(name) }
      .map { "access key \($0.record.id)" }
  }

  package func prepared(at now: WallTime, stamp: UInt64) -> Account {
    var record = self
    record.createdAt = now
    return record
  }

  package func differences(from asked: Account) -> [String] {
    (self.displayName == asked.displayName ? [] : ["display_name"])
      + (self.email == asked.email ? [] : ["email"])
  }
}

extension Account {
  package init(json: JSONCursor) throws(JSONError) {
    self.id = try json.decode("id")
    self.displayName = try json.decode("display_name")
    self.email = try json.decodeIfPresent("email")
    self.createdAt = try json.time("created_at")
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.id)
      json.member("display_name", self.displayName)
      json.member("email", ifPresent: self.email)
      json.member("created_at", time: self.createdAt)
    }
  }
}
