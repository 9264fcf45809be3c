internal import Cluster
internal import Runtime
package import Values

/// Reads that run for long: what they read must not be deleted, wherever that is done.
extension FactsControl {
  private static let readPrefix = "object/reads/"
  /// A node that has died holds nothing up for longer than this.
  private static let readLease = Duration.seconds(60)

  /// When the oldest read that some node told of began; nil when none did.
  package var oldestRead: WallTime? {
    let all = self.mirror.facts(below: Self.readPrefix)
    let times = all.compactMap { Int64(String(decoding: $0.value, as: UTF8.self)) }
    return times.min().map { WallTime(nanoseconds: $0 * 1_000_000) }
  }

  /// Tells the others of reads that run for longer than `age`, until the task is cancelled.
  package func tellReads(
    of node: String, olderThan age: Duration, _ oldest: @Sendable () -> WallTime?
  ) async throws(CancellationError) {
    let key = FactKey(Self.readPrefix + node)
    var lease: FactLeaseID?
    while true {
      do throws(FactsError) {
        let began = oldest().map { $0.nanoseconds / 1_000_000 }
        let now = self.time.wallNow.nanoseconds / 1_000_000
        let isOld = began.map { now - $0 > Int64(age / .milliseconds(1)) } ?? false
        if let began, isOld {
          let held: FactLeaseID
          if let lease {
            held = lease
          } else {
            held = try await self.facts.grantLease(for: Self.readLease)
          }
          lease = held
          try await self.facts.keepAlive(held)
          _ = try await self.facts.put(key, Array(String(began).utf8), lease: held)
        } else if let held = lease {
          lease = nil
          try await self.facts.revokeLease(held)
        }
      } catch {
        // It is told again, under a lease that holds.
        lease = nil
      }
      try await self.time.sleep(for: age / 2)
    }
  }
}
