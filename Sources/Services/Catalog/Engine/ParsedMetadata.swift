import Bytes
import Crypto
import Iceberg
import Synchronization

/// Metadata that was read or made a moment ago, so that a commit does not read again what the one before
/// it has written.
///
/// A document under one location never changes; that it is this one is seen by its hash, because a file
/// that was registered again may be another.
final class ParsedMetadata: Sendable {
  private struct Entry {
    var metadata: TableMetadata
    var byteCount: Int
    var hash: UInt64
    /// Given a second chance before it goes.
    var wasUsed = false
  }

  private struct State {
    var entries: [String: Entry] = [:]
    /// In the order in which they came; those that are gone already stay until their turn.
    var order: [String] = []
    var head = 0
    var byteCount = 0
  }

  private let state = Mutex(State())
  /// Bytes of the documents, not of what they are in memory: that is about four times as much.
  private let byteCountMax: Int
  /// Larger ones are read each time.
  private let documentBytesMax: Int

  init(byteCountMax: Int = 8 << 20, documentBytesMax: Int = 1 << 20) {
    self.byteCountMax = byteCountMax
    self.documentBytesMax = documentBytesMax
  }

  /// Bytes of the documents that are kept.
  var byteCount: Int { self.state.withLock { $0.byteCount } }

  func find(_ document: StoredDocument) -> TableMetadata? {
    let location = document.metadataLocation
    let known = self.state.withLock { state -> (TableMetadata, Int, UInt64)? in
      guard let entry = state.entries[location] else { return nil }
      state.entries[location]?.wasUsed = true
      return (entry.metadata, entry.byteCount, entry.hash)
    }
    guard let (metadata, byteCount, hash) = known else { return nil }
    let isSame = document.withBytes { $0.byteCount == byteCount && XXH3.hash64(of: $0) == hash }
    return isSame ? metadata : nil
  }

  /// - Parameter previous: the version that this one replaces; nobody asks for it again.
  func keep(
    _ metadata: TableMetadata, of document: StoredDocument, insteadOf previous: String? = nil
  ) {
    let (byteCount, hash) = document.withBytes { ($0.byteCount, XXH3.hash64(of: $0)) }
    let location = document.metadataLocation
    self.state.withLock { state in
      if let previous, let gone = state.entries.removeValue(forKey: previous) {
        state.byteCount -= gone.byteCount
      }
      guard byteCount <= self.documentBytesMax else { return }
      if let replaced = state.entries[location] {
        state.byteCount -= replaced.byteCount
      } else {
        state.order.append(location)
      }
      state.entries[location] = Entry(metadata: metadata, byteCount: byteCount, hash: hash)
      state.byteCount += byteCount
      self.shrink(&state)
    }
  }

  private func shrink(_ state: inout State) {
    while state.byteCount > self.byteCountMax, state.head < state.order.count {
      let location = state.order[state.head]
      state.head += 1
      guard var entry = state.entries[location] else { continue }
      if entry.wasUsed {
        entry.wasUsed = false
        state.entries[location] = entry
        state.order.append(location)
      } else {
        state.entries[location] = nil
        state.byteCount -= entry.byteCount
      }
    }
    guard state.order.count > 2 * state.entries.count + 64 else { return }
    state.order = state.order[state.head...].filter { state.entries[$0] != nil }
    state.head = 0
  }
}
