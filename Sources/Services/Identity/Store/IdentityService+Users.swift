import Bytes
import Crypto
import Runtime
package import Values

extension IdentityService {
  /// Makes a user; without a password one who logs in by keys and tokens only.
  package func createUser(
    _ user: User, password: Secret<String>?, ifNotExists: Bool = false, by author: Author
  ) async throws(IdentityError) -> Changed<User> {
    var record = user.prepared(at: self.now, stamp: self.freshStamp())
    if let password {
      record.verifier = try await self.verifier(for: password)
      record.passwordChangedAt = self.now
    }
    return try await self.create(record, asked: user, ifNotExists: ifNotExists, by: author) {
      there in
      guard let password else { return [] }
      return there.verifier?.matches(password: password.exposed) ?? false ? [] : ["password"]
    }
  }

  /// Sets a new password, or with nil takes the password away. All sessions of the user end; keys and
  /// tokens stay.
  package func setPassword(
    _ password: Secret<String>?, of user: String, ifMatch etag: String? = nil, by author: Author
  ) async throws(IdentityError) -> Changed<User> {
    var verifier: SCRAMVerifier?
    if let password { verifier = try await self.verifier(for: password) }
    let fresh = verifier
    let now = self.now
    let stamp = self.freshStamp()
    return try await self.update(
      User.self, user, ifMatch: etag, by: author, action: "password"
    ) { record throws(IdentityError) in
      record.verifier = fresh
      record.passwordChangedAt = now
      record.stamp = stamp
    }
  }

  func verifier(for password: Secret<String>) async throws(IdentityError) -> SCRAMVerifier {
    try Names.checkPassword(password.exposed)
    let salt = self.random.bytes(16)
    return try await self.hashing { SCRAMVerifier(password: password.exposed, salt: salt) }
  }

  /// Gives a role to a user, group or client; having it already is fine.
  package func assign(
    role: String, to who: Who, by author: Author
  ) async throws(IdentityError) -> Bool {
    try await self.editRoles(of: who, by: author, action: "assign") { roles in
      if !roles.contains(role) { roles.append(role) }
    }
  }

  /// Takes a role away; not having it is fine.
  package func unassign(
    role: String, from who: Who, by author: Author
  ) async throws(IdentityError) -> Bool {
    try await self.editRoles(of: who, by: author, action: "unassign") { roles in
      roles.removeAll { $0 == role }
    }
  }

  private func editRoles(
    of who: Who, by author: Author, action: String, _ edit: (inout [String]) -> Void
  ) async throws(IdentityError) -> Bool {
    switch who.kind {
    case .user:
      return try await self.update(User.self, who.name, by: author, action: action) {
        record throws(IdentityError) in edit(&record.roles)
      }.changed
    case .group:
      return try await self.update(Group.self, who.name, by: author, action: action) {
        record throws(IdentityError) in edit(&record.roles)
      }.changed
    case .client:
      return try await self.update(OAuthClient.self, who.name, by: author, action: action) {
        record throws(IdentityError) in edit(&record.roles)
      }.changed
    case .role:
      return try await self.update(Role.self, who.name, by: author, action: action) {
        record throws(IdentityError) in edit(&record.inherits)
      }.changed
    case .account, .everyone, .anonymous:
      throw IdentityError(
        .valueMalformed, "\(who) cannot have a role",
        why: "users, groups, clients and other roles can")
    }
  }
}
