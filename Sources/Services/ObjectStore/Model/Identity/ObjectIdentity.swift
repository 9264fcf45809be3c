package import Values

/// Who asks, and what the accounts' own policies say to it: the object store's side of Identity. The
/// daemon adapts the service to it. Answers come from a cache that a watch renews.
package protocol ObjectIdentity: AnyObject, Sendable {
  /// What an access key can prove, and a session token with it when there is one.
  func key(_ id: String, sessionToken: String?) async throws(IdentityUnavailable) -> KeyAnswer
  /// Nil when there is none.
  func account(_ id: String) async throws(IdentityUnavailable) -> ObjectAccount?
  func account(email: String) async throws(IdentityUnavailable) -> ObjectAccount?
  /// What the policies of the key, its user and its groups say; the bucket's own are not looked at.
  func evaluate(_ request: AccessRequest) async throws(IdentityUnavailable) -> AccessDecision
  /// A signature of the key was right: for "last used".
  func accepted(_ key: AccessKey)
  /// A signature was wrong: for the audit, and who tries too often.
  func refused(keyID: String, source: String)
}

package enum KeyAnswer: Sendable {
  case known(AccessKey)
  /// There is no such key, or it is disabled or has expired.
  case unknown
  /// Temporary credentials whose time is over.
  case expired
  /// The session token is none of ours, or of another key.
  case badToken
}

package struct ObjectAccount: Sendable, Hashable {
  /// The canonical id: 64 hexadecimal digits, or what the operator chose.
  package var id: String
  package var displayName: String
  package var email: String

  package init(id: String, displayName: String, email: String = "") {
    self.id = id
    self.displayName = displayName
    self.email = email
  }
}

package struct AccessKey: Sendable, Hashable {
  package var id: String
  package var secret: Secret<String>
  /// Counts changes of the secret: derived keys are kept by it.
  package var version: UInt64
  package var account: ObjectAccount
  /// As policies name it: `arn:aws:iam::ACCOUNT:user/NAME`.
  package var principal: String
  package var userName: String
  /// The root of its account: may do everything in its own buckets.
  package var isAccountRoot: Bool
  package var mayCreateBuckets: Bool
  /// During the grace of a rotation the secret before is good, too.
  package var formerSecret: Secret<String>?
  /// With temporary credentials.
  package var sessionToken: Secret<String>?
  /// May do what its policy says and nothing else, whoever owns the bucket: a service decided that.
  package var isDelegation = false
  package var endsAt: WallTime?

  package init(
    id: String, secret: Secret<String>, version: UInt64, account: ObjectAccount,
    principal: String, userName: String, isAccountRoot: Bool, mayCreateBuckets: Bool
  ) {
    self.id = id
    self.secret = secret
    self.version = version
    self.account = account
    self.principal = principal
    self.userName = userName
    self.isAccountRoot = isAccountRoot
    self.mayCreateBuckets = mayCreateBuckets
  }
}

package struct AccessRequest: Sendable {
  package var key: AccessKey
  /// `s3:GetObject`
  package var action: String
  /// `arn:aws:s3:::bucket/key`
  package var resource: String
  /// The account that owns the bucket: its root may do all that no policy denies.
  package var resourceOwner: String?
  /// Names lower-case: `aws:sourceip`, `s3:prefix`.
  package var context: [String: [String]]

  package init(
    key: AccessKey, action: String, resource: String, resourceOwner: String? = nil,
    context: [String: [String]] = [:]
  ) {
    self.resourceOwner = resourceOwner
    self.key = key
    self.action = action
    self.resource = resource
    self.context = context
  }
}

package enum AccessDecision: Sendable, Hashable {
  case allowed
  /// By a statement that says so: nothing else counts.
  case denied
  case noStatement
}

/// Identity cannot be asked, and what is known of old does not answer it.
package struct IdentityUnavailable: Error, Sendable, CustomStringConvertible {
  package var description: String
  package init(_ description: String) { self.description = description }
}
