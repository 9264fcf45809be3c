private import Synchronization

/// Whether the rows of one call are durable: shared by all pieces that the call left in memory.
final class WriteState: Sendable {
  enum Phase: Int, AtomicRepresentable {
    /// In the journal's queue: not readable yet.
    case pending = 0
    case durable = 1
    /// Certainly not in the journal: as if it had never been.
    case void = 2
  }

  private let value: Atomic<Phase>

  init(_ phase: Phase) { self.value = Atomic(phase) }

  var phase: Phase { self.value.load(ordering: .acquiring) }

  func settle(_ phase: Phase) { self.value.store(phase, ordering: .releasing) }
}
