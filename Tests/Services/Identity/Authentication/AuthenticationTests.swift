import Bytes
import Crypto
import Glibc
import Observability
import Simulation
import Testing
import Values

@testable import Identity

@Suite("Logging in")
struct AuthenticationTests {
  private static let author = IdentityWorld.author

  @Test("wrong names, wrong passwords and disabled users are refused alike")
  func refusals() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      for (name, state) in [("ann", IdentityState.active), ("off", .disabled)] {
        _ = try await identity.createUser(
          User(name, account: root.accountID, state: state), password: Secret("password 1"),
          by: Self.author)
      }
      _ = try await identity.create(User("keyed", account: root.accountID), by: Self.author)
      let wrong = [
        ("ann", "password 2"), ("off", "password 1"), ("nobody", "password 1"), ("keyed", ""),
        (root.accessKeyID, "wrong"), ("", ""),
      ]
      var messages: Set<String> = []
      for (name, password) in wrong {
        let error = await #expect(throws: IdentityError.self) {
          _ = try await identity.authenticate(user: name, password: password, source: "s")
        }
        messages.insert(error?.description ?? "")
      }
      #expect(messages.count == 1)
      _ = try await identity.authenticate(user: "ann", password: "password 1", source: "s")
      // The second time from the cache.
      _ = try await identity.authenticate(user: "ann", password: "password 1", source: "s")
    }
  }

  @Test("an unknown name costs the hashing that a known one costs")
  func unknownCosts() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot(
        IdentityOptions { $0.failuresPerMinuteMax = 10_000 })
      _ = try await identity.createUser(
        User("ann", account: root.accountID), password: Secret("password 1"), by: Self.author)
      // The simulation runs on this thread: its own time, whatever else the machine does.
      func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
      }
      func time(_ name: String) async -> Double {
        let start = processorTime()
        for number in 0..<40 {
          _ = try? await identity.authenticate(user: name, password: "no \(number)", source: "s")
        }
        return processorTime() - start
      }
      _ = await time("ann")
      let ratio = await time("nobody") / time("ann")
      #expect(ratio > 0.6 && ratio < 1.6, "ratio \(ratio)")
    }
  }

  @Test("a SCRAM exchange with a user, an access key, and nobody")
  func scram() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      func logIn(_ user: String, _ password: String) throws -> Principal {
        try identity.admits(user: user, source: "s")
        let nonce = [UInt8](repeating: 7, count: 18)
        var server = SCRAMServer(mechanism: .plain, random: nonce.rawBytes)
        var client = SCRAMClient(
          user: user, password: password, random: nonce.rawBytes)
        do {
          _ = try server.received(clientFirst: client.firstMessage().rawBytes)
          let challenge = server.challenge(with: identity.scramVerifier(user: user))
          let final = try client.received(serverFirst: challenge.rawBytes)
          _ = try server.received(clientFinal: final.rawBytes)
        } catch {
          identity.loginFailed(user: user, source: "s")
          throw error
        }
        return try identity.loggedIn(user: user, source: "s")
      }
      #expect(try logIn("lake", "correct horse").who == .user("lake"))
      let byKey = try logIn(root.accessKeyID, root.secretAccessKey.exposed)
      #expect(byKey.who == .user("lake") && byKey.keyID == root.accessKeyID)
      #expect(throws: (any Error).self) { _ = try logIn("lake", "wrong horse") }
      #expect(throws: (any Error).self) { _ = try logIn("nobody", "correct horse") }
      #expect(
        identity.scramVerifier(user: "nobody") == identity.scramVerifier(user: "nobody"))
    }
  }

  @Test("guesses are throttled for a user and source, and time heals it")
  func throttle() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      func attempt(_ password: String, from source: String) async -> IdentityError.Code? {
        await code {
          _ = try await identity.authenticate(user: "lake", password: password, source: source)
        }
      }
      for _ in 0..<10 { #expect(await attempt("guess", from: "a") == .notAuthenticated) }
      #expect(await attempt("correct horse", from: "a") == .tooManyAttempts)
      #expect(await attempt("correct horse", from: "b") == nil)
      try await world.wait(.seconds(121))
      #expect(await attempt("correct horse", from: "a") == nil)
      let failures = world.metrics.snapshot().families.first {
        $0.name == "lake_identity_auth_failures_total"
      }
      #expect(failures?.series.first?.labelValues == ["password", "wrong_password"])
    }
  }

  @Test("names without number do not make the throttle grow without bound")
  func throttleBound() {
    let throttle = Throttle(limit: 10)
    let now = MonotonicTime(nanoseconds: 1_000_000_000)
    for number in 0..<200_000 { throttle.failed("u\(number)", from: "a", at: now) }
    // Those that did not fit count for the source.
    #expect(!throttle.admits("fresh", from: "a", at: now))
    #expect(throttle.admits("fresh", from: "b", at: now))
  }

  @Test("a new password ends sessions, and the old one works no more")
  func passwordChange() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      let before = try await identity.authenticate(
        user: "lake", password: "correct horse", source: "")
      let session = try identity.issueSession(for: before)
      _ = try await identity.setPassword(
        Secret("battery staple"), of: "lake", by: Self.author)
      #expect(await code { try identity.check(before) } == .notAuthenticated)
      #expect(
        await code { _ = try identity.authenticate(bearer: session.token.exposed, source: "") }
          == .notAuthenticated)
      #expect(
        await code {
          _ = try await identity.authenticate(
            user: "lake", password: "correct horse", source: "")
        } == .notAuthenticated)
      _ = try await identity.authenticate(user: "lake", password: "battery staple", source: "")
      #expect(
        await code {
          _ = try await identity.setPassword(Secret("short"), of: "lake", by: Self.author)
        } == .valueMalformed)
    }
  }

  @Test("last used is written in steps, and survives the process")
  func usage() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      _ = try await identity.authenticate(user: "lake", password: "correct horse", source: "")
      identity.signatureAccepted(try identity.secret(forAccessKey: root.accessKeyID).principal)
      let at = world.world.clock.wallNow
      await identity.flushUsage()
      let again = try await world.open().lastUsed()
      #expect(again.keys.map(\.kind.rawValue).sorted() == ["key", "user"])
      #expect(try #require(again[RecordKey(.user, "lake")]) <= at)
      let etag = identity.directory.users["lake"]?.etag
      #expect(try await world.open().directory.users["lake"]?.etag == etag)
    }
  }
}
