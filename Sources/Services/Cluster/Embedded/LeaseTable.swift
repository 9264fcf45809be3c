import Runtime
import Values

/// When the leases of embedded facts end. Keeping one alive costs no write: what is on disk is how long
/// they last, not until when.
final class LeaseTable: Sendable {
  private struct Lease: Sendable {
    var duration: Duration
    var deadline: MonotonicTime
  }

  private let state = Guarded<[Int64: Lease]>([:])
  private let leasesMax: Int

  init(leasesMax: Int) { self.leasesMax = leasesMax }

  var count: Int { self.state.withLock { $0.count } }
  var isFull: Bool { self.count >= self.leasesMax }

  func add(_ lease: Int64, for duration: Duration, from now: MonotonicTime) {
    self.state.withLock { $0[lease] = Lease(duration: duration, deadline: now + duration) }
  }

  func remove(_ lease: Int64) { self.state.withLock { $0[lease] = nil } }

  /// False when it is over: from the deadline on, whether or not its facts have gone yet.
  func keepAlive(_ lease: Int64, at now: MonotonicTime) -> Bool {
    self.state.withLock { leases in
      guard let found = leases[lease], found.deadline > now else { return false }
      leases[lease]?.deadline = now + found.duration
      return true
    }
  }

  func isHeld(_ lease: Int64, at now: MonotonicTime) -> Bool {
    self.state.withLock { leases in leases[lease].map { $0.deadline > now } ?? false }
  }

  var nextDeadline: MonotonicTime? {
    self.state.withLock { leases in leases.values.map(\.deadline).min() }
  }

  /// Those that are over, the earliest first.
  func over(at now: MonotonicTime) -> [Int64] {
    self.state.withLock { leases in
      leases.filter { $0.value.deadline <= now }
        .sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.key)
    }
  }
}
