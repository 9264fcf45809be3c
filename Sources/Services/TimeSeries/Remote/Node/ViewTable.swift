import Runtime
import SeriesColumns
import SeriesStorage
import Values

/// The views that other nodes read, each under a number until they let go of it or have not read it for a
/// while.
final class ViewTable: Sendable {
  /// Between two uses. What a scan under way holds is its own.
  static let idleMax = Duration.seconds(120)
  static let countMax = 16_384

  private struct Entry {
    var segments: [StoredSegment]
    var usedAt: MonotonicTime
  }

  private struct State {
    var entries: [UInt64: Entry] = [:]
    var last: UInt64
  }

  private let time: any TimeSource
  private let state: Guarded<State>

  /// - Parameter first: numbers begin here, so that those of an earlier start mean nothing now.
  init(time: any TimeSource, first: UInt64) {
    self.time = time
    self.state = Guarded(State(last: first))
  }

  func open(_ segments: [StoredSegment]) throws(SeriesError) -> UInt64 {
    let now = self.time.now
    let number = self.state.withLock { state -> UInt64? in
      if state.entries.count >= Self.countMax / 2 {
        state.entries = state.entries.filter { now - $0.value.usedAt < Self.idleMax }
      }
      guard state.entries.count < Self.countMax else { return nil }
      state.last &+= 1
      state.entries[state.last] = Entry(segments: segments, usedAt: now)
      return state.last
    }
    guard let number else {
      throw SeriesError(.overloaded, "\(Self.countMax) views are open on this node")
    }
    return number
  }

  func close(_ numbers: [UInt64]) {
    self.state.withLock { state in
      for number in numbers { state.entries[number] = nil }
    }
  }

  /// Lets go of those that nobody has read for a while.
  func prune() {
    let now = self.time.now
    self.state.withLock { state in
      state.entries = state.entries.filter { now - $0.value.usedAt < Self.idleMax }
    }
  }

  func shard(_ place: ShardPlace) throws(SeriesError) -> any StoredShard {
    let now = self.time.now
    let segments = self.state.withLock { state -> [StoredSegment]? in
      state.entries[place.view]?.usedAt = now
      return state.entries[place.view]?.segments
    }
    guard let segments else {
      throw SeriesError(.unavailable, "view \(place.view) is over: the node was started again")
    }
    guard segments.indices.contains(place.segment),
      let shard = segments[place.segment].shards.first(where: { $0.shard == place.shard })
    else {
      throw SeriesError(
        .malformed, "view \(place.view) has no shard \(place.shard) in segment \(place.segment)")
    }
    return shard
  }
}
