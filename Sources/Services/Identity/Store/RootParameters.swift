package import Values

/// What the environment says about the root identities; nil for what it leaves to us.
package struct RootParameters: Sendable {
  /// `LAKE_ROOT_ACCESS_KEY`
  package var accessKeyID: String?
  /// `LAKE_ROOT_SECRET_KEY`
  package var secretAccessKey: Secret<String>?
  /// `LAKE_ROOT_PASSWORD`
  package var password: Secret<String>?
  package var user = "lake"
  /// The root account's display name.
  package var accountName = "lake"

  package init() {}
  package init(_ change: (inout RootParameters) -> Void) { change(&self) }

  func check() throws(IdentityError) {
    if let id = self.accessKeyID { try Names.checkKeyID(id) }
    if let secret = self.secretAccessKey { try Names.checkSecret(secret.exposed) }
    if let password = self.password { try Names.checkPassword(password.exposed) }
    try Names.check(self.user, "a user")
  }
}

/// For `credentials.json`, which is written once.
package struct RootCredentials: Sendable {
  package var accessKeyID: String
  package var secretAccessKey: Secret<String>
  package var user: String
  package var password: Secret<String>
  package var adminToken: Secret<String>
  package var accountID: String
}

package enum BootstrapOutcome: Sendable {
  /// The first start of the cluster.
  case created(RootCredentials)
  /// The environment had other values than the store: `access_key_id`, `secret_access_key`, `password`.
  case replaced([String])
  case unchanged
}
