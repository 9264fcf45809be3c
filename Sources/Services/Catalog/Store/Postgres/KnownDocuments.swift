import Iceberg
import Synchronization
import Values

/// Documents that this process has read or written a moment ago, so that PostgreSQL need not unpack and
/// send them again: a read names the version that is known, and gets a null in its place.
///
/// What is known says nothing of what is there now; PostgreSQL says that with each read.
final class KnownDocuments: Sendable {
  struct Key: Hashable, Sendable {
    var warehouse: String
    var identifier: TableIdentifier
  }

  struct Known: Sendable {
    var id: ObjectID
    var document: StoredDocument
  }

  private struct Entry {
    var known: Known
    /// When it was asked for last.
    var turn: UInt64
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var turn: UInt64 = 0
    var byteCount = 0
  }

  private let state = Mutex(State())
  private let byteCountMax: Int

  init(byteCountMax: Int = 16 << 20) { self.byteCountMax = byteCountMax }

  func find(_ key: Key) -> Known? {
    self.state.withLock { state in
      state.turn += 1
      let turn = state.turn
      guard let known = state.entries[key]?.known else { return nil }
      state.entries[key]?.turn = turn
      return known
    }
  }

  func keep(_ known: Known, _ key: Key) {
    let count = known.document.byteCount
    self.state.withLock { state in
      state.turn += 1
      if let before = state.entries.removeValue(forKey: key) {
        state.byteCount -= before.known.document.byteCount
      }
      // One that takes the place of many is read each time.
      guard count <= self.byteCountMax / 16 else { return }
      state.entries[key] = Entry(known: known, turn: state.turn)
      state.byteCount += count
      if state.byteCount > self.byteCountMax { self.shrink(&state) }
    }
  }

  /// Lets go of the half that was asked for the longest time ago.
  private func shrink(_ state: inout State) {
    let old = state.entries.sorted { $0.value.turn < $1.value.turn }
    for (key, entry) in old {
      guard state.byteCount > self.byteCountMax / 2 else { return }
      state.entries[key] = nil
      state.byteCount -= entry.known.document.byteCount
    }
  }
}
