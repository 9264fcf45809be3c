private import Synchronization
package import Values

/// What is asked for most, over about the last two minutes.
package final class HotCounters: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case bucket, prefix, key, client, accessKey
  }

  package struct Row: Sendable, Hashable {
    package var name: String
    package var requestsPerSecond: Double
    package var bytesPerSecond: Double
    /// Of all requests.
    package var share: Double
    /// Of its own count, what may be of others.
    package var uncertainty: Double
  }

  static let capacity = 512
  static let halfLife = Duration.seconds(60)

  private struct State {
    var counters = Kind.allCases.map { _ in SpaceSaving(capacity: HotCounters.capacity) }
    var began: MonotonicTime
    var halved: MonotonicTime
  }
  private let state: Mutex<State>

  init(at now: MonotonicTime) { self.state = Mutex(State(began: now, halved: now)) }

  /// - Parameter weight: requests that this one stands for.
  func note(_ request: borrowing ObservedRequest, weight: UInt64, at now: MonotonicTime) {
    let bytes = request.byteCount &* weight
    let isObject = request.key != nil
    self.state.withLock { state in
      while now - state.halved > Self.halfLife {
        for index in state.counters.indices { state.counters[index].halve() }
        state.halved = state.halved + Self.halfLife
        if now - state.halved > Self.halfLife * 64 { state.halved = now }
      }
      func add(_ kind: Int, _ name: String) {
        state.counters[kind].add(name, count: weight, byteCount: bytes)
      }
      if !request.bucket.isEmpty { add(0, request.bucket) }
      if isObject, let key = request.key {
        add(1, "\(request.bucket)/\(Self.folder(of: key))")
        add(2, "\(request.bucket)/\(key)")
      }
      add(3, request.client)
      if let id = request.accessKey { add(4, id) }
    }
  }

  /// Up to the last slash, at most two folders deep.
  static func folder(of key: String) -> Substring {
    var end = key.startIndex
    var depth = 0
    for index in key.indices where key[index] == "/" {
      end = key.index(after: index)
      depth += 1
      if depth == 2 { break }
    }
    return key[..<end]
  }

  package func top(_ kind: Kind, limit: Int, at now: MonotonicTime) -> [Row] {
    guard let place = Kind.allCases.firstIndex(of: kind) else { return [] }
    return self.state.withLock { state in
      let counter = state.counters[place]
      // A count that is halved each minute is of the last one and, at half weight, of those before.
      let age = Double((now - state.halved).nanosecondsClamped) / 1e9
      let whole = Double((now - state.began).nanosecondsClamped) / 1e9
      let halfLife = Double(Self.halfLife.nanosecondsClamped) / 1e9
      let seconds = max(1, min(whole, age + halfLife))
      let total = Double(max(1, counter.total))
      return counter.entries.sorted { ($1.count, $0.name) < ($0.count, $1.name) }.prefix(limit)
        .map { entry in
          Row(
            name: entry.name, requestsPerSecond: Double(entry.count) / seconds,
            bytesPerSecond: Double(entry.byteCount) / seconds,
            share: min(1, Double(entry.count) / total),
            uncertainty: Double(entry.error) / Double(max(1, entry.count)))
        }
    }
  }
}
