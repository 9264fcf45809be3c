import ClusterTesting
import Identity
import Security
import SeriesServing
import Simulation
import Testing
import Values

@Suite("Passwords of the series service")
struct IdentityPasswordsTests {
  private static func run(
    _ body: @escaping @Sendable (IdentityService, RootCredentials) async throws -> Void
  ) throws {
    try Simulation.run(seed: 1) { world in
      let master = try MasterKey(text: [UInt8](repeating: 0x41, count: 40), origin: "test")
      let ring = try await KeyRing.open(
        "/keys.json", on: world.disk, master: master, random: world.random, clock: world.clock)
      let identity = try await IdentityService.open(
        facts: ModelFacts(time: world.clock), ring: ring, clock: world.clock, random: world.random)
      guard case .created(let root) = try await identity.bootstrap(RootParameters()) else {
        Issue.record("there was a root")
        return
      }
      try await body(identity, root)
    }
  }

  @Test("users come in with their password, access keys with their secret, and nobody else")
  func users() throws {
    try Self.run { identity, root in
      let passwords = IdentityPasswords(identity)
      func admits(_ user: String, _ password: String) async -> Bool {
        await passwords.caller(user: user, password: password, source: "here") != nil
      }
      #expect(await admits(root.user, root.password.exposed))
      #expect(await admits(root.accessKeyID, root.secretAccessKey.exposed))
      #expect(await !admits(root.user, "wrong"))
      #expect(await !admits("nobody", root.password.exposed))
      #expect(await !admits("", ""))
    }
  }

  @Test("what they may do follows from their roles and grants, group by group, as it is now")
  func rights() throws {
    try Self.run { identity, root in
      let passwords = IdentityPasswords(identity)
      let author = Author("test")
      for (name, role) in [("nil", "none"), ("ann", "reader"), ("bob", "none")] {
        let user = User(name, account: root.accountID, roles: [role])
        _ = try await identity.createUser(user, password: Secret("password 1"), by: author)
      }
      _ = try await identity.addGrant(
        Grant("series:write", on: "series/groups/sw_*"), to: .user("bob"), by: author)
      func rights(_ user: String, _ password: String) async throws -> [Bool] {
        let caller = try #require(
          await passwords.caller(user: user, password: password, source: "127.0.0.1:5"))
        return [
          caller.may(.read, "sw_metric"), caller.may(.write, "sw_metric"),
          caller.may(.read, "other"), caller.may(.write, ""),
        ]
      }
      #expect(try await rights(root.user, root.password.exposed) == [true, true, true, true])
      #expect(try await rights("nil", "password 1") == [false, false, false, false])
      #expect(try await rights("ann", "password 1") == [true, false, true, false])
      #expect(try await rights("bob", "password 1") == [true, true, false, false])
      let bob = try #require(
        await passwords.caller(user: "bob", password: "password 1", source: "127.0.0.1:5"))
      _ = try await identity.removeGrant(
        Grant("series:write", on: "series/groups/sw_*"), from: .user("bob"), by: author)
      #expect(!bob.may(.write, "sw_metric"), "also in calls that have begun")
    }
  }
}
