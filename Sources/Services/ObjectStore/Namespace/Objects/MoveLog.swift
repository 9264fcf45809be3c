internal import ObjectModel
private import Synchronization

/// A place that names may move to.
struct Move: Sendable, Hashable {
  var key: [UInt8]
  /// Everything that begins with the key, not only the key.
  var isFolder: Bool
}

/// Moves of names that a walk over all names may miss, because they go to where it has been.
///
/// A move is noted before it is committed and stays under way until its outcome is known: a walk that
/// looks at every place noted since it began, and ends with a look at which nothing was under way, has
/// met every name that was there from its beginning to its end.
final class MoveLog: Sendable {
  static let movesMax = 65_536

  private struct State {
    var next: UInt64 = 1
    var underWay: [UInt64: [Move]] = [:]
    /// Since somebody watches; sequence numbers ascend.
    var noted: [(ticket: UInt64, move: Move)] = []
    /// Moves before this one were not kept.
    var first: UInt64 = 1
    var watchers = 0
  }
  private let state = Mutex(State())

  /// Answers the ticket to end with.
  func begin(_ moves: [Move]) -> UInt64 {
    guard !moves.isEmpty else { return 0 }
    return self.state.withLock { state in
      let ticket = state.next
      state.next += 1
      state.underWay[ticket] = moves
      guard state.watchers > 0 else { return ticket }
      for move in moves { state.noted.append((ticket, move)) }
      if state.noted.count > Self.movesMax {
        state.noted = []
        state.first = state.next
      }
      return ticket
    }
  }

  func end(_ ticket: UInt64) {
    guard ticket != 0 else { return }
    self.state.withLock { state in _ = state.underWay.removeValue(forKey: ticket) }
  }

  func watch() -> UInt64 {
    self.state.withLock { state in
      state.watchers += 1
      if state.watchers == 1 {
        state.first = state.next
        // What is under way may end later.
        for (ticket, moves) in state.underWay {
          for move in moves { state.noted.append((ticket, move)) }
          state.first = min(state.first, ticket)
        }
        state.noted.sort { $0.ticket < $1.ticket }
      }
      return state.underWay.keys.min() ?? state.next
    }
  }

  func unwatch() {
    self.state.withLock { state in
      state.watchers -= 1
      if state.watchers == 0 { state.noted = [] }
    }
  }

  /// Moves noted from `mark` on, each place once, and the next mark: the oldest one under way, or else
  /// the next one.
  func moves(since mark: UInt64) throws(NamespaceError) -> (moves: [Move], mark: UInt64) {
    let found = self.state.withLock { state -> (moves: [Move], mark: UInt64)? in
      guard mark >= state.first else { return nil }
      let moves = Set(state.noted.lazy.filter { $0.ticket >= mark }.map(\.move))
      return (Array(moves), state.underWay.keys.min() ?? state.next)
    }
    guard let found else {
      throw NamespaceError(.conflict, "more than \(Self.movesMax) names moved during the walk")
    }
    return found
  }
}
