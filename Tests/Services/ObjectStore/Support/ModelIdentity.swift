package import ObjectModel
private import Values

/// A few accounts, each the root of its own.
package final class ModelIdentity: ObjectIdentity {
  private let keys: [String: AccessKey]

  package init(_ keys: [AccessKey]) {
    self.keys = Dictionary(keys.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package static func root(
    id: String, secret: String, account: String, name: String, email: String = ""
  ) -> AccessKey {
    AccessKey(
      id: id, secret: Secret(secret), version: 1,
      account: ObjectAccount(id: account, displayName: name, email: email),
      principal: "arn:aws:iam::\(account):root", userName: name, isAccountRoot: true,
      mayCreateBuckets: true)
  }

  package func key(
    _ id: String, sessionToken: String?
  ) async throws(IdentityUnavailable) -> KeyAnswer {
    guard let key = self.keys[id] else { return .unknown }
    return sessionToken == nil ? .known(key) : .badToken
  }

  package func accepted(_ key: AccessKey) {}
  package func refused(keyID: String, source: String) {}

  package func account(_ id: String) async throws(IdentityUnavailable) -> ObjectAccount? {
    self.keys.values.first { $0.account.id == id }?.account
  }

  package func account(email: String) async throws(IdentityUnavailable) -> ObjectAccount? {
    self.keys.values.first { $0.account.email.lowercased() == email.lowercased() }?.account
  }

  package func evaluate(
    _ request: AccessRequest
  ) async throws(IdentityUnavailable) -> AccessDecision { .noStatement }
}
