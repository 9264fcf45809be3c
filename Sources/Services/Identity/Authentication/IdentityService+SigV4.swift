import Bytes
import Crypto
import JSON
import Observability
import Runtime
package import Values

/// What S3 needs to check a signature. During the grace of a rotation two secrets are good: compare with
/// each before refusing.
package struct SigningSecrets: Sendable {
  package var principal: Principal
  package var secrets: [Secret<String>]
}

/// Keys for one piece of work, to be handed to a client: the catalog gives them with a table.
package struct TemporaryCredentials: Sendable {
  package var accessKeyID: String
  package var secretAccessKey: Secret<String>
  package var sessionToken: Secret<String>
  package var expiresAt: WallTime
}

/// A place in a bucket that temporary credentials are good for. A prefix ends in a slash, so that
/// `tables/a` does not cover `tables/ab`.
package struct StoragePrefix: Hashable, Sendable {
  package var bucket: String
  package var prefix: String
  package var canWrite: Bool

  package init(bucket: String, prefix: String, canWrite: Bool) {
    self.bucket = bucket
    self.prefix = prefix
    self.canWrite = canWrite
  }
}

extension IdentityService {
  package static let temporaryLifetimeRange: ClosedRange<Duration> =
    .seconds(60)...Duration.seconds(36 * 3600)

  /// The secrets behind an access key id, for SigV4. No store access, no hashing.
  ///
  /// - Parameter sessionToken: of temporary credentials; with a static key it is an error.
  /// - Throws: `notFound` for an unknown, disabled or expired key (S3: `InvalidAccessKeyId`),
  ///   `expired` for temporary credentials (`ExpiredToken`), `valueMalformed` for a token that does not
  ///   belong to the key (`InvalidToken`), `secretSealed` when the ring does not open the secret.
  package func secret(
    forAccessKey id: String, sessionToken: String? = nil
  ) throws(IdentityError) -> SigningSecrets {
    if let sessionToken { return try self.temporarySecret(id, sessionToken) }
    let directory = self.directory
    guard let key = self.goodKey(id, in: directory) else {
      self.metrics.failures.with("access_key", "unknown_key").add()
      throw IdentityError(
        .notFound, "there is no access key \(IdentityError.quoted(id))",
        why: "it is unknown, disabled or expired")
    }
    guard let secret = key.secret else {
      throw IdentityError(
        .secretSealed, "the secret of access key \(id) cannot be opened with this key ring")
    }
    var secrets = [Secret(secret.exposed)]
    if let former = key.former, let until = key.formerUntil, self.now < until {
      secrets.append(Secret(former.exposed))
    }
    return SigningSecrets(principal: self.principal(of: key), secrets: secrets)
  }

  /// After a signature was found right: for "last used".
  package func signatureAccepted(_ principal: Principal) {
    self.metrics.logins.with(principal.method.rawValue).add()
    self.noteUse(of: principal)
  }

  package func signatureRefused(accessKey id: String, source: String) {
    _ = self.failed(.accessKey, id, from: source, reason: "wrong_signature")
  }

  private func temporarySecret(
    _ id: String, _ token: String
  ) throws(IdentityError) -> SigningSecrets {
    guard let session = self.session(token), session.claims.accessKeyID == id,
      let secret = session.secret
    else {
      self.metrics.failures.with("temporary_credentials", "unknown_token").add()
      throw IdentityError(
        .valueMalformed, "the session token does not belong to \(IdentityError.quoted(id))")
    }
    return SigningSecrets(principal: try self.principal(of: session), secrets: [Secret(secret)])
  }

  // MARK: Minting

  /// Temporary credentials with the rights of `principal`, narrowed by a policy. Nothing is stored: any
  /// process of the cluster believes them at once.
  package func mintCredentials(
    for principal: Principal, narrowedBy policy: String? = nil, lifetime: Duration
  ) throws(IdentityError) -> TemporaryCredentials {
    guard principal.rights == nil, principal.scope.isEverything else {
      throw IdentityError(
        .denied, "\(principal.who) cannot hand out temporary credentials",
        why: "it is narrowed itself")
    }
    if let policy { _ = try PolicyDocument(parsing: policy, placement: .identity) }
    return try self.mint(.temporary, principal, policy ?? "", lifetime)
  }

  /// Temporary credentials that may do to these prefixes what they say and nothing else, whatever the S3
  /// rights of `principal` are: the caller, a service, has decided that.
  package func mintCredentials(
    delegatedTo principal: Principal, on prefixes: [StoragePrefix], lifetime: Duration
  ) throws(IdentityError) -> TemporaryCredentials {
    guard (1...20).contains(prefixes.count) else {
      throw IdentityError(.limitReached, "credentials for \(prefixes.count) prefixes of 1 to 20")
    }
    return try self.mint(.delegated, principal, StoragePrefix.policy(prefixes), lifetime)
  }

  private func mint(
    _ kind: SessionClaims.Kind, _ principal: Principal, _ policy: String, _ lifetime: Duration
  ) throws(IdentityError) -> TemporaryCredentials {
    try self.check(principal)
    guard principal.method != .anonymous, principal.method != .trusted else {
      throw IdentityError(.denied, "nobody is logged in to hand credentials to")
    }
    guard Self.temporaryLifetimeRange.contains(lifetime) else {
      throw IdentityError(
        .valueMalformed, "temporary credentials cannot last \(DurationText.text(lifetime))",
        why: "they last 1m to 36h")
    }
    guard policy.utf8.count <= SessionClaims.policyByteCountMax else {
      throw IdentityError(
        .limitReached, "the policy of the credentials is too long",
        why: "it has \(policy.utf8.count) bytes; the limit is \(SessionClaims.policyByteCountMax)")
    }
    let tail = Token.accessKeyID(random: self.random.bytes(18).rawBytes).dropFirst(2)
    let claims = self.claims(
      kind, principal, end: self.now + lifetime, accessKeyID: "LT" + tail, policy: policy)
    guard let secret = self.signer.secret(of: claims) else {
      throw IdentityError(.keysUnavailable, "the key ring has no key for sessions")
    }
    // What the clock has below a second is not in the token.
    let end = WallTime(
      nanoseconds: claims.expiresAt.nanoseconds / 1_000_000_000 * 1_000_000_000)
    return TemporaryCredentials(
      accessKeyID: claims.accessKeyID, secretAccessKey: Secret(secret),
      sessionToken: Secret(try self.signer.token(claims)), expiresAt: end)
  }
}

extension StoragePrefix {
  /// The policy that allows these prefixes: objects below them, and lists of nothing else.
  static func policy(_ prefixes: [StoragePrefix]) throws(IdentityError) -> String {
    var bytes = ByteWriter(capacity: 512)
    for place in prefixes {
      guard place.prefix.isEmpty || place.prefix.hasSuffix("/"), !place.bucket.isEmpty,
        !(place.bucket + place.prefix).contains(where: { "*?".contains($0) })
      else {
        throw IdentityError(
          .valueMalformed,
          "\(IdentityError.quoted(place.bucket + "/" + place.prefix)) is no prefix",
          why: "it ends in a slash and has no * or ?")
      }
    }
    bytes.appendJSON { json in
      json.object { json in
        json.member("Statement") { json in
          json.array { json in for place in prefixes { place.encode(&json) } }
        }
      }
    }
    return bytes.bytes.lossyText
  }
}

extension StoragePrefix {
  fileprivate func encode(_ json: inout JSONWriter) {
    let objects = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAttributes"]
    json.object { json in
      json.member("Effect", "Allow")
      json.member("Action", self.canWrite ? objects + ["s3:write"] : objects)
      json.member("Resource", ResourceName.object("\(self.prefix)*", in: self.bucket))
    }
    json.object { json in
      json.member("Effect", "Allow")
      json.member(
        "Action", ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"])
      json.member("Resource", ResourceName.bucket(self.bucket))
      guard !self.prefix.isEmpty else { return }
      json.member("Condition") { json in
        json.object { json in
          json.member("StringLikeIfExists") { json in
            json.object { json in json.member("s3:prefix", "\(self.prefix)*") }
          }
        }
      }
    }
  }
}
