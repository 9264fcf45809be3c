import Bytes
import Crypto
import Fuzzing
import Testing
import Values

@testable import Identity

@Suite("Tokens and sessions")
struct SessionTests {
  private static let author = IdentityWorld.author

  @Test("a session is good on another process at once, until it expires")
  func session() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      let other = try await world.open()
      let session = try await identity.clientCredentials(
        id: root.accessKeyID, secret: root.secretAccessKey.exposed, scope: "catalog", source: "")
      #expect(session.scope.text == "catalog" && session.lifetime == .seconds(3600))
      let principal = try other.authenticate(bearer: session.token.exposed, source: "")
      #expect(principal.who == .user("lake") && principal.keyID == root.accessKeyID)
      func may(_ action: Action) -> Decision {
        other.evaluate(principal, action, on: "x", world.context())
      }
      #expect(may("catalog:write").isAllowed)
      #expect(may("cluster:read").description == "denied: does not include it (scope of the token)")
      try await world.wait(.seconds(3601))
      #expect(
        await code { _ = try other.authenticate(bearer: session.token.exposed, source: "") }
          == .expired)
      #expect(!may("catalog:write").isAllowed)
    }
  }

  @Test("a token exchange gives a fresh expiry and never more rights")
  func exchange() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      let token = try await identity.createToken(
        owner: .user("lake"), scope: "catalog:read metrics:read", lifetime: .seconds(7200),
        by: Self.author)
      let text = try #require(token.secret)
      let principal = try identity.authenticate(bearer: text.exposed, source: "")
      let narrow = try identity.issueSession(for: principal, scope: "catalog")
      #expect(narrow.scope.text == "catalog:read")
      let foreign = try identity.issueSession(for: principal, scope: "cluster")
      #expect(foreign.scope.text == "catalog:read metrics:read")
      try await world.wait(.seconds(3000))
      let first = try identity.authenticate(bearer: narrow.token.exposed, source: "")
      let second = try identity.issueSession(for: first)
      #expect(second.scope.text == "catalog:read")
      #expect(second.expiresAt > narrow.expiresAt)
      // With the token go the sessions it got.
      _ = try await identity.revokeToken(token.record.id, by: Self.author)
      for session in [narrow, second] {
        #expect(
          await code { _ = try identity.authenticate(bearer: session.token.exposed, source: "") }
            == .notAuthenticated)
      }
    }
  }

  @Test("a session can be taken back alone")
  func revocation() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      let login = try await identity.authenticate(
        user: "lake", password: "correct horse", source: "")
      let one = try identity.issueSession(for: login)
      let two = try identity.issueSession(for: login)
      #expect(try await identity.revokeSession(one.token.exposed, by: Self.author))
      #expect(try await !identity.revokeSession(one.token.exposed, by: Self.author))
      #expect(
        await code { _ = try identity.authenticate(bearer: one.token.exposed, source: "") }
          == .notAuthenticated)
      _ = try identity.authenticate(bearer: two.token.exposed, source: "")
      try await world.wait(.seconds(3 * 86_400))
      #expect(try await identity.removeExpired() == 1)
      #expect(identity.directory.revocations.isEmpty)
    }
  }

  @Test("no change of a token's text leaves it good")
  func forged() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      let login = try await identity.authenticate(
        user: "lake", password: "correct horse", source: "")
      let text = try identity.issueSession(for: login).token.exposed
      for index in text.utf8.indices {
        var bytes = Array(text.utf8)
        let at = text.utf8.distance(from: text.utf8.startIndex, to: index)
        bytes[at] = bytes[at] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let forged = String(decoding: bytes, as: UTF8.self)
        #expect(identity.signer.claims(of: forged) == nil, "byte \(at)")
      }
    }
  }

  @Test("no text makes the reader of tokens trap")
  func hostile() throws {
    let seeds: [[UInt8]] = {
      let claims = SessionClaims(
        .temporary, keyVersion: 1, id: ULID(bits: 1), issuedAt: WallTime(nanoseconds: 0),
        expiresAt: WallTime(nanoseconds: 5_000_000_000), who: .user("ann"), keyID: "", stamp: 1,
        scope: "a", accessKeyID: "LT", policy: "{}")
      var bytes = ByteWriter()
      claims.append(to: &bytes)
      #expect(SessionClaims(bytes.bytes) == claims)
      return [bytes.bytes.array]
    }()
    try Fuzzer.run(
      name: "session", seeds: seeds, iterations: 20_000, seed: 1, seconds: 3, dictionary: []
    ) { input in
      guard let claims = SessionClaims(input) else { return }
      var bytes = ByteWriter()
      claims.append(to: &bytes)
      try Fuzzer.require(SessionClaims(bytes.bytes) == claims, "claims read back differently")
    }
  }

  @Test("temporary credentials: the secret follows from the token, the policy narrows")
  func temporary() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      let other = try await world.open()
      let login = try await identity.authenticate(
        user: "lake", password: "correct horse", source: "")
      let policy =
        #"{"Statement":{"Effect":"Allow","Action":"s3:read","Resource":"arn:aws:s3:::b/in/*"}}"#
      let minted = try identity.mintCredentials(
        for: login, narrowedBy: policy, lifetime: .seconds(900))
      #expect(minted.accessKeyID.utf8.count == 20)
      #expect(minted.secretAccessKey.exposed.utf8.count == 40)
      let signing = try other.secret(
        forAccessKey: minted.accessKeyID, sessionToken: minted.sessionToken.exposed)
      #expect(signing.secrets.map(\.exposed) == [minted.secretAccessKey.exposed])
      func may(_ action: Action, _ resource: String) -> Bool {
        other.evaluate(signing.principal, action, on: resource, world.context()).isAllowed
      }
      #expect(may("s3:GetObject", "arn:aws:s3:::b/in/k"))
      #expect(!may("s3:PutObject", "arn:aws:s3:::b/in/k"))
      #expect(!may("s3:GetObject", "arn:aws:s3:::b/out"))
      // The SQL form: the token behind the secret.
      let bySQL = try await other.authenticate(
        user: minted.accessKeyID,
        password: "\(minted.secretAccessKey.exposed):\(minted.sessionToken.exposed)", source: "")
      #expect(bySQL.method == .temporaryCredentials)
      #expect(
        await code {
          _ = try other.secret(
            forAccessKey: "LTAAAAAAAAAAAAAAAAAA", sessionToken: minted.sessionToken.exposed)
        } == .valueMalformed)
      #expect(
        await code {
          _ = try other.authenticate(bearer: minted.sessionToken.exposed, source: "")
        } == .notAuthenticated)
      try await world.wait(.seconds(901))
      #expect(await code { try other.check(signing.principal) } == .expired)
    }
  }

  @Test("delegated credentials may what their prefixes say and nothing else")
  func delegated() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      // Somebody without any right on S3.
      _ = try await identity.createUser(
        User("ann", account: root.accountID), password: Secret("password 1"), by: Self.author)
      let ann = try await identity.authenticate(user: "ann", password: "password 1", source: "")
      let minted = try identity.mintCredentials(
        delegatedTo: ann,
        on: [StoragePrefix(bucket: "lake", prefix: "sales/orders/", canWrite: false)],
        lifetime: .seconds(3600))
      let principal = try identity.secret(
        forAccessKey: minted.accessKeyID, sessionToken: minted.sessionToken.exposed
      ).principal
      let prefix = try #require(ConditionKey("s3:prefix"))
      func may(_ action: Action, _ key: String?, listing: String? = nil) -> Bool {
        var context = world.context()
        if let listing { context.values = [AccessContext.Value(prefix, [listing])] }
        let resource =
          key.map { ResourceName.object($0, in: "lake") } ?? ResourceName.bucket("lake")
        return identity.evaluate(principal, action, on: resource, context).isAllowed
      }
      #expect(may("s3:GetObject", "sales/orders/data/1.parquet"))
      #expect(!may("s3:GetObject", "sales/orders2/1.parquet"))
      #expect(!may("s3:PutObject", "sales/orders/data/1.parquet"))
      #expect(may("s3:ListBucket", nil, listing: "sales/orders/data"))
      #expect(!may("s3:ListBucket", nil, listing: "sales/"))
      #expect(!may("s3:PutBucketPolicy", nil))
      #expect(
        await code {
          _ = try identity.mintCredentials(
            delegatedTo: ann, on: [StoragePrefix(bucket: "b", prefix: "no-slash", canWrite: true)],
            lifetime: .seconds(3600))
        } == .valueMalformed)
      _ = try await identity.update(User.self, "ann", by: Self.author) {
        user throws(IdentityError) in user.state = .disabled
      }
      #expect(!may("s3:GetObject", "sales/orders/data/1.parquet"))
    }
  }
}
