private import Bytes
package import KeyValue
package import Runtime
private import Values

/// Facts in a store of this process: nothing else to install, one machine.
///
/// The caller opens the store, keeps `run()` going, and closes the store when nobody uses the facts.
/// Nobody else writes to the families named `facts…` of the store.
package final class EmbeddedFacts: Facts {
  package let kind = "embedded"
  let store: Store
  let families: Families
  let time: any TimeSource
  let limits: Limits
  let feed: ChangeFeed
  let leases: LeaseTable
  /// Rung when a lease may end earlier than all before.
  let leaseBell = Bell()

  package struct Limits: Sendable {
    /// How far back a watch may begin: revisions and bytes of the log.
    package var logRevisionsMax = 100_000
    package var logBytesMax = 64 << 20
    /// What of it is held in memory.
    package var recentRevisionsMax = 4096
    package var recentBytesMax = 8 << 20
    package var watchersMax = 10_000
    package var leasesMax = 10_000
    /// Facts that one `deletePrefix` may meet.
    package var deletedMax = 10_000
    /// Changes that one `next` of a watch gives, whole revisions aside.
    package var toldChangesMax = 1000

    package init(_ change: (inout Limits) -> Void = { _ in }) { change(&self) }
  }

  struct Families: Sendable {
    let live: Family
    let log: Family
    let state: Family
  }

  /// Takes up the facts of a store, or begins with none. Every lease has its full time before it, as if
  /// it had been kept alive just now.
  package static func open(
    _ store: Store, time: any TimeSource, limits: Limits = Limits()
  ) async throws(FactsError) -> EmbeddedFacts {
    try await translated(whileChanging: false) {
      var families: [Family] = []
      for name in ["facts", "facts-log", "facts-state"] {
        if store.familyNames.contains(name) {
          families.append(try store.family(name))
        } else {
          families.append(
            try await store.createFamily(FamilyOptions(name) { $0.writeBufferBytes = 8 << 20 }))
        }
      }
      return try EmbeddedFacts(
        store, Families(live: families[0], log: families[1], state: families[2]), time, limits,
        state: try await store.get(FactsState.key, in: families[2]),
        leases: try await Self.readLeases(store, families[2]))
    }
  }

  private static func readLeases(
    _ store: Store, _ family: Family
  ) async throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
    var records: [(key: [UInt8], value: [UInt8])] = []
    let scan = try store.scan(.prefix([0x01]), in: family)
    while let batch = try await scan.next() { records += batch.records }
    return records
  }

  private init(
    _ store: Store, _ families: Families, _ time: any TimeSource, _ limits: Limits,
    state bytes: [UInt8]?, leases: [(key: [UInt8], value: [UInt8])]
  ) throws(FactsError) {
    let state = try bytes.map { (bytes) throws(FactsError) in
      try FactsState(decoding: bytes.rawBytes)
    }
    self.store = store
    self.families = families
    self.time = time
    self.limits = limits
    self.feed = ChangeFeed(limits, published: state?.revision ?? 0)
    self.leases = LeaseTable(leasesMax: limits.leasesMax)
    for record in leases {
      let lease = try FactRecords.number(inKey: record.key.rawBytes, behind: 1)
      let duration = try FactRecords.duration(record.value.rawBytes)
      self.leases.add(lease, for: duration, from: time.now)
    }
  }

  package var watcherCount: Int { self.feed.watcherCount }
  package var leaseCount: Int { self.leases.count }
}

/// Runs `body` and tells its callers what a failure of the store is for them.
func translated<T>(
  whileChanging isChange: Bool, _ body: () async throws -> sending T
) async throws(FactsError) -> sending T {
  do {
    return try await body()
  } catch let error as FactsError {
    throw error
  } catch let error as StoreError {
    throw FactsError(error, whileChanging: isChange)
  } catch {
    preconditionFailure("BUG: a store threw \(error)")
  }
}
