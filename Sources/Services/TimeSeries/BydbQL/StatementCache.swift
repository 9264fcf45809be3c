import Runtime

/// Statements of texts with question marks, as they were parsed: the most recently used of them.
package final class StatementCache: Sendable {
  /// What became of a text.
  package enum Use: String, Sendable {
    /// It was there.
    case hit
    /// It was parsed, and is there now.
    case miss
    /// It has no question marks, or nothing is kept.
    case bypass
  }

  private struct Entry: Sendable {
    var statement: Statement
    var byteCount: Int
    var used: UInt64
  }

  private struct State: Sendable {
    var entries: [String: Entry] = [:]
    var byteCount = 0
    var clock: UInt64 = 0
    var hits = 0
    var misses = 0
    var bypasses = 0
  }

  private let countMax: Int
  /// 0: no bound.
  private let byteCountMax: Int
  private let state = Guarded(State())

  /// - Parameter countMax: 0 keeps nothing.
  package init(countMax: Int = 4000, byteCountMax: Int = 10 << 20) {
    self.countMax = countMax
    self.byteCountMax = byteCountMax
  }

  package var hits: Int { self.state.withLock { $0.hits } }
  package var misses: Int { self.state.withLock { $0.misses } }
  package var bypasses: Int { self.state.withLock { $0.bypasses } }
  package var byteCount: Int { self.state.withLock { $0.byteCount } }
  package var count: Int { self.state.withLock { $0.entries.count } }

  /// What would become of a text now.
  package func use(of text: String) -> Use {
    guard self.keeps(text) else { return .bypass }
    return self.state.withLock { $0.entries[text] == nil } ? .miss : .hit
  }

  private func keeps(_ text: String) -> Bool {
    self.countMax > 0 && text.utf8.contains(UInt8(ascii: "?"))
  }

  func statement(_ text: String) throws(BydbQLError) -> Statement {
    guard self.keeps(text) else {
      self.state.withLock { $0.bypasses += 1 }
      return try Parser.parse(text)
    }
    let known = self.state.withLock { state -> Statement? in
      state.clock += 1
      guard state.entries[text] != nil else {
        state.misses += 1
        return nil
      }
      state.hits += 1
      state.entries[text]?.used = state.clock
      return state.entries[text]?.statement
    }
    if let known { return known }
    let statement = try Parser.parse(text)
    // A statement takes some times the bytes of its text.
    let bytes = 512 + text.utf8.count * 8
    guard self.byteCountMax == 0 || bytes <= self.byteCountMax else { return statement }
    self.state.withLock { state in
      guard state.entries[text] == nil else { return }
      state.entries[text] = Entry(statement: statement, byteCount: bytes, used: state.clock)
      state.byteCount += bytes
      self.evict(&state)
    }
    return statement
  }

  /// Throws an eighth away at a time, the longest unused first: no list is kept in order.
  private func evict(_ state: inout State) {
    func isOver(_ state: State) -> Bool {
      state.entries.count > self.countMax
        || (self.byteCountMax > 0 && state.byteCount > self.byteCountMax)
    }
    while isOver(state) {
      let oldest = state.entries.sorted { $0.value.used < $1.value.used }
      for (text, entry) in oldest.prefix(max(1, oldest.count / 8)) {
        state.entries[text] = nil
        state.byteCount -= entry.byteCount
      }
    }
  }
}
