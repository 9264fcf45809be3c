package import Values

/// Somebody who proved who they are, and by what. Keep it as long as a connection lives and ask
/// `IdentityService.check` before each piece of work: rights are always those of the moment, and what
/// was taken back counts no more.
package struct Principal: Sendable {
  package enum Method: String, Sendable {
    case password
    case accessKey = "access_key"
    case clientSecret = "client_secret"
    /// Made by an operator and stored.
    case token
    /// Signed, from the token endpoint.
    case session
    case temporaryCredentials = "temporary_credentials"
    case anonymous
    /// Authentication is off, or it is the daemon itself.
    case trusted
  }

  package let who: Who
  package let method: Method
  /// The access key that was shown, now or when the session began.
  package internal(set) var keyID: String?
  /// The stored token's id, or the session's.
  package internal(set) var tokenID: String?
  /// The stored token that the session was got with.
  var parentTokenID: String?
  package internal(set) var scope = TokenScope.everything
  package internal(set) var expiresAt: WallTime?
  /// That of the key when there is one, else of the user or client.
  var stamp: UInt64 = 0
  var narrowing: [RuleSet] = []
  /// All rights there are, instead of the owner's.
  var rights: RuleSet?

  init(_ who: Who, _ method: Method) {
    self.who = who
    self.method = method
  }

  package static let anonymous = Principal(.anonymous, .anonymous)

  /// For the audit log: `user:ann`, `user:ann via LK…`.
  package var name: String {
    self.keyID.map { "\(self.who) via \($0)" } ?? self.who.description
  }
}
