import Security
import Simulation
import Testing
import Values

@testable import Identity

@Suite("Rotation")
struct RotationTests {
  private static let author = IdentityWorld.author

  @Test("a rotated key works with both secrets until the grace ends")
  func keyGrace() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      let key = try await identity.createKey(owner: .user("lake"), by: Self.author)
      let old = try #require(key.secret).exposed
      let rotated = try await identity.rotateKey(
        key.record.id, grace: .seconds(600), by: Self.author)
      let new = try #require(rotated.secret).exposed
      func secrets() throws -> [String] {
        try identity.secret(forAccessKey: key.record.id).secrets.map(\.exposed)
      }
      func logsIn(_ secret: String) async -> Bool {
        await code {
          _ = try await identity.clientCredentials(
            id: key.record.id, secret: secret, scope: "", source: "")
        } == nil
      }
      #expect(try secrets() == [new, old])
      #expect(await logsIn(old))
      #expect(await logsIn(new))
      try await world.wait(.seconds(600))
      #expect(try secrets() == [new])
      #expect(await !logsIn(old))
      #expect(await logsIn(new))
      #expect(try await identity.removeExpired() == 1)
      #expect(identity.directory.keys[key.record.id]?.record.formerUntil == nil)
    }
  }

  @Test("a rotation without grace ends the sessions of the key")
  func keyAtOnce() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      let key = try await identity.createKey(owner: .user("lake"), by: Self.author)
      let session = try await identity.clientCredentials(
        id: key.record.id, secret: try #require(key.secret).exposed, scope: "", source: "")
      _ = try await identity.rotateKey(key.record.id, grace: .zero, by: Self.author)
      #expect(
        await code { _ = try identity.authenticate(bearer: session.token.exposed, source: "") }
          == .notAuthenticated)
    }
  }

  @Test("an OAuth2 client has its own rights, and rotates with grace")
  func client() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      let made = try await identity.createClient(
        OAuthClient("etl", account: root.accountID, roles: ["reader"]), by: Self.author)
      let old = try #require(made.secret).exposed
      let session = try await identity.clientCredentials(
        id: "etl", secret: old, scope: "", source: "")
      let principal = try identity.authenticate(bearer: session.token.exposed, source: "")
      #expect(principal.who == .client("etl"))
      #expect(
        identity.evaluate(principal, "catalog:read", on: "catalog/lake", world.context()).isAllowed)
      let rotated = try await identity.rotateClient("etl", grace: .seconds(60), by: Self.author)
      for secret in [old, try #require(rotated.secret).exposed] {
        _ = try await identity.clientCredentials(id: "etl", secret: secret, scope: "", source: "")
      }
      try await world.wait(.seconds(61))
      #expect(
        await code {
          _ = try await identity.clientCredentials(id: "etl", secret: old, scope: "", source: "")
        } == .notAuthenticated)
    }
  }

  @Test("secrets are sealed anew in steps, and the old key can then be destroyed")
  func reseal() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      var issued: [String: String] = [root.accessKeyID: root.secretAccessKey.exposed]
      for _ in 0..<12 {
        let key = try await identity.createKey(owner: .user("lake"), by: Self.author)
        issued[key.record.id] = try #require(key.secret).exposed
      }
      _ = try await world.ring.rotate("identity.secrets")
      #expect(try await identity.retireSecretKeys().isEmpty)
      var cursor: String?
      var steps = 0
      repeat {
        let progress = try await identity.resealSecrets(after: cursor, limit: 5)
        steps += 1
        #expect(progress.unreadableCount == 0)
        #expect(progress.remainingCount == 13 - min(13, steps * 5))
        cursor = progress.after
      } while cursor != nil
      #expect(steps == 3)
      // Again from the beginning does nothing.
      #expect(try await identity.resealSecrets().resealedCount == 0)
      #expect(try await identity.retireSecretKeys() == [1])
      let fresh = try await world.open()
      for (id, secret) in issued {
        #expect(try fresh.secret(forAccessKey: id).secrets.map(\.exposed) == [secret])
      }
    }
  }

  @Test("sessions of an older session key stay good until that is retired")
  func sessionKey() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      let login = try await identity.authenticate(
        user: "lake", password: "correct horse", source: "")
      let old = try identity.issueSession(for: login).token.exposed
      _ = try await world.ring.rotate("identity.sessions")
      let new = try identity.issueSession(for: login).token.exposed
      _ = try identity.authenticate(bearer: old, source: "")
      #expect(try await identity.retireSessionKeys() == [1])
      #expect(
        await code { _ = try identity.authenticate(bearer: old, source: "") } == .notAuthenticated)
      _ = try identity.authenticate(bearer: new, source: "")
    }
  }

  @Test("a key expires, is disabled, and its policy narrows its owner")
  func keyStates() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      let key = try await identity.createKey(
        owner: .user("lake"), expiresAt: world.world.clock.wallNow + .seconds(100),
        policy: #"{"Statement":{"Effect":"Allow","Action":"catalog:read","Resource":"*"}}"#,
        by: Self.author)
      let principal = try identity.secret(forAccessKey: key.record.id).principal
      func may(_ action: Action) -> Decision {
        identity.evaluate(principal, action, on: "x", world.context())
      }
      #expect(may("catalog:read").isAllowed)
      #expect(may("cluster:read").source == "policy of access key \(key.record.id)")
      try await world.wait(.seconds(101))
      #expect(await code { _ = try identity.secret(forAccessKey: key.record.id) } == .notFound)
      #expect(!may("catalog:read").isAllowed)
    }
  }

  @Test("limits: keys of one owner, tokens of one owner")
  func limits() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      _ = try await identity.create(User("ann", account: root.accountID), by: Self.author)
      for _ in 0..<IdentityLimits.keysPerOwnerMax {
        _ = try await identity.createKey(owner: .user("ann"), by: Self.author)
      }
      for _ in 0..<IdentityLimits.tokensPerOwnerMax {
        _ = try await identity.createToken(owner: .user("ann"), by: Self.author)
      }
      #expect(
        await code { _ = try await identity.createKey(owner: .user("ann"), by: Self.author) }
          == .limitReached)
      #expect(
        await code { _ = try await identity.createToken(owner: .user("ann"), by: Self.author) }
          == .limitReached)
      // All of it goes in one transaction.
      _ = try await identity.delete(User.self, "ann", cascade: true, by: Self.author)
      #expect(identity.directory.keys.count == 1 && identity.directory.tokens.count == 1)
    }
  }
}
