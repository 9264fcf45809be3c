private import Synchronization

/// Giving old records up.
extension Journal {
  /// Gives up the records before `position`, in whole segments: those of the segment of `position` stay.
  ///
  /// The trim itself is a durable commit, and only then are files recycled or removed: after a power cut
  /// either all of them are given up or none, and a segment file that somebody deleted is noticed. A
  /// position beyond the end trims up to the end. Readers that stand on trimmed records get `trimmed`. On
  /// a full disk a trim still succeeds, and what it gives up makes room for new records.
  public func trim(before position: JournalPosition) async throws(JournalError) {
    let range = self.state.withLock { state -> Range<UInt64> in
      let first = min(position.segment, state.durable.segment)
      guard first > state.firstSegment else { return 0..<0 }
      defer { state.firstSegment = first }
      return state.firstSegment..<first
    }
    guard !range.isEmpty else { return }
    try await self.commit(.trim)
    try await self.supply.recycle(range)
  }

  /// The first segment whose records can still be read.
  public var firstSegment: UInt64 { self.state.withLock { $0.firstSegment } }
}
