import Runtime
import Values

/// Counts wrong guesses of one name from one source, minute by minute. Names come from strangers: when a
/// minute has too many different ones, the rest share one count per source.
final class Throttle: Sendable {
  static let entryMax = 65_536

  private struct Attempt: Hashable {
    var name: String
    var source: String
  }

  private struct State {
    var minute: UInt64 = 0
    var counts: [Attempt: Int] = [:]
    var former: [Attempt: Int] = [:]
  }

  private let limit: Int
  private let state = Guarded(State())

  init(limit: Int) { self.limit = limit }

  /// Whether another guess may be looked at. The minute before counts by the part of it that lies within
  /// the last sixty seconds.
  func admits(_ name: String, from source: String, at now: MonotonicTime) -> Bool {
    let limit = self.limit
    return self.state.withLock { state in
      Self.turn(&state, to: now)
      let attempt = Attempt(name: name, source: source)
      let rest = Attempt(name: "", source: source)
      let intoMinute = Int(now.nanoseconds / 1_000_000_000 % 60)
      for key in [attempt, rest] {
        let former = (state.former[key] ?? 0) * (60 - intoMinute) / 60
        if (state.counts[key] ?? 0) + former >= limit { return false }
      }
      return true
    }
  }

  func failed(_ name: String, from source: String, at now: MonotonicTime) {
    self.state.withLock { state in
      Self.turn(&state, to: now)
      var key = Attempt(name: name, source: source)
      if state.counts[key] == nil, state.counts.count >= Self.entryMax {
        key = Attempt(name: "", source: source)
        if state.counts[key] == nil, state.counts.count >= 2 * Self.entryMax { return }
      }
      state.counts[key, default: 0] += 1
    }
  }

  func succeeded(_ name: String, from source: String) {
    self.state.withLock { state in
      let key = Attempt(name: name, source: source)
      state.counts[key] = nil
      state.former[key] = nil
    }
  }

  private static func turn(_ state: inout State, to now: MonotonicTime) {
    let minute = now.nanoseconds / 60_000_000_000
    guard minute != state.minute else { return }
    state.former = minute == state.minute + 1 ? state.counts : [:]
    state.counts = [:]
    state.minute = minute
  }
}

/// Lets one line a second through about log-ins that failed, and says how many were left out.
final class FailureLog: Sendable {
  private struct State {
    var second: UInt64 = .max
    var omitted = 0
  }

  private let state = Guarded(State())

  /// The number of lines left out since the last one; nil when this one is left out too.
  func admits(at now: MonotonicTime) -> Int? {
    self.state.withLock { state in
      let second = now.nanoseconds / 1_000_000_000
      guard second != state.second else {
        state.omitted += 1
        return nil
      }
      state.second = second
      let omitted = state.omitted
      state.omitted = 0
      return omitted
    }
  }
}
