package import Cluster
package import Observability
package import Runtime
package import Security
import Bytes
import Crypto
package import Values

/// Accounts, users, keys, roles, policies and tokens of a cluster, and the evaluator over them.
///
/// Records live on the facts store. Each process holds all of them in a `Directory`: looking one up and
/// evaluating never waits. A change is decided on exactly the directory that it is applied to (every
/// transaction is conditional on the guard, a fact that each change counts up), is visible here when the
/// call returns, and elsewhere as soon as the watch tells.
///
///     let identity = try await IdentityService.open(facts: …, ring: …, …)
///     let root = try await identity.bootstrap(RootParameters())
///     try await identity.run()
package final class IdentityService: Sendable {
  package let options: IdentityOptions
  let facts: any Facts
  let opener: SecretOpener
  let signer: SessionSigner
  let clock: any TimeSource
  let random: any RandomSource
  let log: Logger
  let metrics: IdentityMetrics
  let pool: BlockingPool?

  /// Replaced as a whole; readers take a reference and go.
  private let current: Guarded<Directory>
  /// One change at a time in this process: the others would only be refused.
  let gate = ChangeGate()
  let sessions = SessionCache()
  let passwords: PasswordCache
  let throttle: Throttle
  let usage = UsageLog()
  let auditRate = AuditRate()
  let auditIDs = Guarded(ULIDGenerator())
  let failureLog = FailureLog()
  /// Makes the verifiers of users who do not exist.
  let decoySecret: SecretText

  private init(
    facts: any Facts, ring: KeyRing, clock: any TimeSource, random: any RandomSource,
    log: Logger, metrics: MetricRegistry, pool: BlockingPool?, options: IdentityOptions
  ) {
    self.options = options
    self.facts = facts
    self.opener = SecretOpener(ring: ring)
    self.signer = SessionSigner(ring: ring)
    self.clock = clock
    self.random = random
    self.log = log
    self.metrics = IdentityMetrics(metrics)
    self.pool = pool
    self.current = Guarded(Directory())
    self.passwords = PasswordCache(random: random)
    self.throttle = Throttle(limit: options.failuresPerMinuteMax)
    self.decoySecret = self.signer.decoySecret()
  }

  /// Reads every identity from the store; makes the keys of the ring that identity needs.
  ///
  /// - Parameter pool: where passwords are hashed; nil hashes on the caller's thread, 1.2 ms each.
  package static func open(
    facts: any Facts, ring: KeyRing, clock: any TimeSource, random: any RandomSource,
    log: Logger = .silent, metrics: MetricRegistry = MetricRegistry(),
    pool: BlockingPool? = nil, options: IdentityOptions = IdentityOptions()
  ) async throws(IdentityError) -> IdentityService {
    do {
      _ = try await ring.makeKey(for: SecretOpener.purpose)
      _ = try await ring.makeKey(for: SessionSigner.purpose)
    } catch {
      throw IdentityError(
        .keysUnavailable, "the keys of identity cannot be made: \(error.message)", why: error.hint)
    }
    let service = IdentityService(
      facts: facts, ring: ring, clock: clock, random: random, log: log, metrics: metrics,
      pool: pool, options: options)
    _ = try await service.reload()
    return service
  }

  /// Every identity, as this process knows it now.
  package var directory: Directory { self.current.withLock { $0 } }

  /// Puts `next` in the place of a directory that is older. False when the present one is as new.
  @discardableResult
  func install(_ next: Directory) -> Bool {
    self.current.withLock { current in
      guard current.revision < next.revision else { return false }
      current = next
      return true
    }
  }

  package var now: WallTime { self.clock.wallNow }

  /// A number nobody can guess.
  func freshStamp() -> UInt64 {
    // Below 2^63: other tools read JSON's numbers as signed.
    self.random.next() >> 1
  }
}
