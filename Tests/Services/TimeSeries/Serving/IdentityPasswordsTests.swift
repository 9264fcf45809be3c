import ClusterTesting
import Identity
import Security
import SeriesServing
import Simulation
import Testing
import Values

@Suite("Passwords of the series service")
struct IdentityPasswordsTests {
  @Test("users come in with their password, access keys with their secret, and nobody else")
  func users() throws {
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
      let passwords = IdentityPasswords(identity)
      func admits(_ user: String, _ password: String) async -> Bool {
        await passwords.admits(user: user, password: password, source: "here")
      }
      #expect(await admits(root.user, root.password.exposed))
      #expect(await admits(root.accessKeyID, root.secretAccessKey.exposed))
      #expect(await !admits(root.user, "wrong"))
      #expect(await !admits("nobody", root.password.exposed))
      #expect(await !admits("", ""))
    }
  }
}
