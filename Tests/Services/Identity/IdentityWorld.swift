import Cluster
import ClusterTesting
import Observability
import Runtime
import Security
import Simulation
import Values

@testable import Identity

/// One cluster under a seed: facts in memory, a key ring on the simulated disk, and as many processes as
/// a test opens.
struct IdentityWorld {
  let world: World
  let facts: ModelFacts
  let ring: KeyRing
  let metrics = MetricRegistry()

  static let author = Author("user:test", requestID: "r1", sourceAddress: "192.0.2.1")

  /// Runs `body` under `seed`.
  static func run(
    seed: UInt64 = 1, _ body: @escaping @Sendable (IdentityWorld) async throws -> Void
  ) throws {
    try Simulation.run(seed: seed) { world in
      let master = try MasterKey(text: [UInt8](repeating: 0x41, count: 40), origin: "test")
      let ring = try await KeyRing.open(
        "/keys.json", on: world.disk, master: master, random: world.random, clock: world.clock)
      try await body(
        IdentityWorld(world: world, facts: ModelFacts(time: world.clock), ring: ring))
    }
  }

  /// A process; `body` goes on with it as long as the test lasts.
  func open(_ options: IdentityOptions = IdentityOptions()) async throws -> IdentityService {
    try await IdentityService.open(
      facts: self.facts, ring: self.ring, clock: self.world.clock, random: self.world.random,
      metrics: self.metrics, options: options)
  }

  /// One with its root, password `correct horse`.
  func openWithRoot(
    _ options: IdentityOptions = IdentityOptions()
  ) async throws -> (IdentityService, RootCredentials) {
    let identity = try await self.open(options)
    let outcome = try await identity.bootstrap(
      RootParameters { $0.password = Secret("correct horse") })
    guard case .created(let root) = outcome else { throw Unexpected("no root was made") }
    return (identity, root)
  }

  /// Starts a process's own tasks.
  func start(_ identity: IdentityService) {
    self.world.spawn { try? await identity.run() }
  }

  func wait(_ duration: Duration) async throws { try await self.world.clock.sleep(for: duration) }

  func context() -> AccessContext { AccessContext(time: self.world.clock.wallNow) }

  struct Unexpected: Error {
    var text: String
    init(_ text: String) { self.text = text }
  }
}

/// The code of the error that `body` throws.
func code(_ body: () async throws -> Void) async -> IdentityError.Code? {
  do {
    try await body()
    return nil
  } catch { return (error as? IdentityError)?.code }
}
