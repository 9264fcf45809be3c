internal import SeriesColumns
private import Synchronization

/// Pages that many queries ask for: decoded those of terms, of their rows and of entries of series; uncompressed
/// those of blocks of which a query wants few rows. What is in it was proven when it was read.
///
/// Two generations: what is used moves to the young one; when that has half of the bytes it becomes the old
/// one, and what nobody used since the last time is let go.
final class PageCache: Sendable {
  /// A page of a part that is open: an offset alone comes again in another one.
  struct Key: Hashable {
    var part: UInt64
    var offset: Int64
  }

  enum Page: Sendable {
    case column(Column)
    case runs([SeriesRun])
    case page(ProvenPage)

    var byteCount: Int {
      switch self {
      case .column(let column): column.byteCount + 256
      case .runs(let runs): runs.count * MemoryLayout<SeriesRun>.stride + 256
      case .page(let page): page.byteCount + 256
      }
    }
  }

  private struct State {
    var young: [Key: Page] = [:]
    var old: [Key: Page] = [:]
    var youngBytes = 0
    var oldBytes = 0
    var hits = 0
    var misses = 0
  }

  let byteCountMax: Int
  private let state = Mutex(State())

  /// - Parameter byteCountMax: 0 keeps nothing.
  init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

  func page(_ key: Key) -> Page? {
    self.state.withLock { state in
      if let page = state.young[key] {
        state.hits += 1
        return page
      }
      guard let page = state.old.removeValue(forKey: key) else {
        state.misses += 1
        return nil
      }
      state.hits += 1
      state.oldBytes -= page.byteCount
      self.add(page, key, &state)
      return page
    }
  }

  /// A page of more than an eighth of the whole is not kept.
  func keep(_ page: Page, _ key: Key) {
    guard page.byteCount <= self.byteCountMax / 8 else { return }
    self.state.withLock { state in
      guard state.young[key] == nil else { return }
      if let older = state.old.removeValue(forKey: key) { state.oldBytes -= older.byteCount }
      self.add(page, key, &state)
    }
  }

  private func add(_ page: Page, _ key: Key, _ state: inout State) {
    state.young[key] = page
    state.youngBytes += page.byteCount
    guard state.youngBytes > self.byteCountMax / 2 else { return }
    state.old = state.young
    state.oldBytes = state.youngBytes
    state.young = [:]
    state.youngBytes = 0
  }

  var statistics: (bytes: Int, hits: Int, misses: Int) {
    self.state.withLock { ($0.youngBytes + $0.oldBytes, $0.hits, $0.misses) }
  }
}
