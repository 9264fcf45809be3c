internal import Bytes
package import Cluster
internal import JSON
package import ObjectModel
package import Observability
package import Runtime
internal import Synchronization
package import Values

/// Buckets, volumes and owners of namespaces, kept in the facts of the cluster:
///
/// ```
/// object/buckets/NAME              a bucket: StoredBucket
/// object/roots                     the number that the next root gets
/// object/volumes/N                 a volume: StoredVolume
/// object/disks/DISK                where a disk is that volumes of several nodes have: DiskRecord
/// object/reads/NODE                since when a read runs on a node, on a lease: milliseconds
/// object/namespaces/KEY/term       how often the namespace was taken: its epoch
/// object/namespaces/KEY/home       the node on whose disk it is
/// object/namespaces/KEY/owner      who has it, on a lease
/// ```
///
/// Reads come from a mirror that a watch renews; what is not there is asked of the store, so that a bucket
/// that another node has just made is found. `follow` must run in every process, `keepHouse` in one at least.
package final class FactsControl: Control {
  /// How long somebody else's making or taking down of a bucket may last before it is finished by
  /// whoever finds it.
  static let operationMilliseconds: UInt64 = 30_000
  static let attemptsMax = 64
  private static let decodedMax = 20_000

  let facts: any Facts
  let time: any TimeSource
  let random: any RandomSource
  let log: Logger
  let mirror: FactMirror
  let options: Options
  private let namespace: @Sendable () -> (any Namespace)?
  private let decoded = Mutex<[String: Decoded]>([:])

  package struct Options: Sendable {
    package var leaseDuration = Duration.seconds(10)
    package init() {}
  }

  private struct Decoded: Sendable {
    var revision: FactRevision
    var bucket: StoredBucket
  }

  /// - Parameter namespace: where roots are made; nil while it is not there yet.
  package init(
    _ facts: any Facts, time: any TimeSource, random: any RandomSource, log: Logger = .silent,
    options: Options = Options(), namespace: @escaping @Sendable () -> (any Namespace)?
  ) {
    self.facts = facts
    self.time = time
    self.random = random
    self.log = log
    self.options = options
    self.namespace = namespace
    self.mirror = FactMirror(facts, "object/", time: time)
  }

  /// Follows the facts: for as long as reads are to come from memory.
  package func follow() async throws(CancellationError) { try await self.mirror.run() }

  /// Finishes what others have begun and left, and makes volumes of disks that wait for a peer.
  package func keepHouse() async throws(CancellationError) {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.sweepForEver() }
      group.addTask { try? await self.pairForEver() }
      await group.waitForAll()
    }
    throw CancellationError()
  }

  private func pairForEver() async throws(CancellationError) {
    while true {
      do throws(ControlError) { try await self.pairDisks() } catch {
        self.log.warning("cannot make volumes of disks", ["error": .text(error.description)])
      }
      try await self.time.sleep(for: .milliseconds(500))
    }
  }

  package static func key(ofBucket name: String) -> FactKey { FactKey(Self.bucketPrefix + name) }
  static let bucketPrefix = "object/buckets/"
  static let rootsKey = FactKey("object/roots")

  var milliseconds: UInt64 { UInt64(clamping: self.time.wallNow.nanoseconds / 1_000_000) }

  func freshID() -> String { Hexadecimal.text(of: self.random.bytes(16).rawBytes) }

  func theNamespace() throws(ControlError) -> any Namespace {
    guard let namespace = self.namespace() else {
      throw ControlError(.unavailable, "the namespace has not started yet")
    }
    return namespace
  }

  /// Since when the facts have not been heard; nil while they are.
  package var staleSince: MonotonicTime? { self.mirror.staleSince }

  // MARK: Reading

  package func bucket(_ name: String) async throws(ControlError) -> BucketRecord? {
    guard let stored = try await self.stored(name), stored.state != .making else { return nil }
    return stored.record
  }

  /// From the mirror, else from the store: a name that nobody has is rarely asked for.
  func stored(_ name: String) async throws(ControlError) -> StoredBucket? {
    guard Self.isStorable(name) else { return nil }
    let key = Self.key(ofBucket: name)
    if let fact = self.mirror[key] { return try self.decode(fact, name) }
    do throws(FactsError) {
      guard let fact = try await self.facts.get(key) else { return nil }
      return try self.decoding(fact, name)
    } catch {
      throw Self.translated(error)
    }
  }

  /// As it is in the store now.
  func current(_ name: String) async throws(ControlError) -> (StoredBucket, FactRevision)? {
    guard Self.isStorable(name) else { return nil }
    do throws(FactsError) {
      guard let fact = try await self.facts.get(Self.key(ofBucket: name)) else { return nil }
      return (try self.decoding(fact, name), fact.modifiedAt)
    } catch {
      throw Self.translated(error)
    }
  }

  /// Requests carry any bytes where the name of a bucket stands.
  private static func isStorable(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 255 && !name.utf8.contains(0)
  }

  private func decode(_ fact: Fact, _ name: String) throws(ControlError) -> StoredBucket {
    do throws(FactsError) { return try self.decoding(fact, name) } catch {
      throw Self.translated(error)
    }
  }

  private func decoding(_ fact: Fact, _ name: String) throws(FactsError) -> StoredBucket {
    if let known = self.decoded.withLock({ $0[name] }), known.revision == fact.modifiedAt {
      return known.bucket
    }
    var bucket = try StoredBucket(fact: fact)
    bucket.record.revision = UInt64(clamping: fact.modifiedAt.number)
    let decoded = Decoded(revision: fact.modifiedAt, bucket: bucket)
    self.decoded.withLock { known in
      // Buckets that went away leave their entries; the living ones are decoded again.
      if known.count >= Self.decodedMax { known.removeAll() }
      known[name] = decoded
    }
    return bucket
  }

  package func buckets(
    owner: String, prefix: String, after: String, limit: Int
  ) async throws(ControlError) -> BucketPage {
    try await self.buckets(prefix: prefix, after: after, limit: limit) { $0.owner == owner }
  }

  /// Of every account.
  package func allBuckets(
    prefix: String, after: String, limit: Int
  ) async throws(ControlError) -> BucketPage {
    try await self.buckets(prefix: prefix, after: after, limit: limit) { _ in true }
  }

  private func buckets(
    prefix: String, after: String, limit: Int, _ isWanted: (BucketRecord) -> Bool
  ) async throws(ControlError) -> BucketPage {
    var found: [BucketRecord] = []
    let from = FactKey(Self.bucketPrefix + after)
    for fact in try await self.known(Self.bucketPrefix + prefix)
    where after.isEmpty || from < fact.key {
      let name = String(fact.key.text.dropFirst(Self.bucketPrefix.count))
      let stored = try self.decode(fact, name)
      guard stored.state != .making, isWanted(stored.record) else { continue }
      if found.count == limit { return BucketPage(found, isTruncated: true) }
      found.append(stored.record)
    }
    return BucketPage(found, isTruncated: false)
  }

  /// Facts below a prefix: from the mirror, or from the store before it is read.
  func known(_ prefix: String) async throws(ControlError) -> [Fact] {
    guard self.mirror.revision == nil else { return self.mirror.facts(below: prefix) }
    return try await self.current(below: prefix)
  }

  /// Facts below a prefix, as they are in the store now.
  func current(below prefix: String) async throws(ControlError) -> [Fact] {
    do throws(FactsError) { return try await self.facts.listAll(prefix).facts } catch {
      throw Self.translated(error)
    }
  }

  static func translated(_ error: FactsError) -> ControlError {
    switch error.code {
    case .damaged: ControlError(.internal, error.message)
    case .tooLarge: ControlError(.invalidState, error.message)
    default: ControlError(.unavailable, error.description)
    }
  }

  /// Puts a bucket in the place of what was read; nil when somebody was faster.
  func replace(
    _ stored: StoredBucket, since revision: FactRevision
  ) async throws(ControlError) -> FactRevision? {
    let key = Self.key(ofBucket: stored.record.name)
    do throws(FactsError) {
      let outcome = try await self.facts.put(
        key, stored.factValue, if: .isUnchanged(key, since: revision))
      guard let done = outcome.revision else { return nil }
      await self.show(done)
      return done
    } catch {
      throw Self.translated(error)
    }
  }

  /// Whoever is answered sees what was done; a mirror that cannot hear the store does not hold it up.
  func show(_ revision: FactRevision) async {
    guard self.mirror.staleSince == nil else { return }
    try? await self.mirror.wait(for: revision)
  }
}
