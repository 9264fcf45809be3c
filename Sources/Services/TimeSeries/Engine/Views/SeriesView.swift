internal import Runtime
public import SeriesColumns
internal import Synchronization
internal import Values

/// What was in a group at one moment. It holds its parts, also those that were merged away or have expired
/// meanwhile, until it goes.
public final class SeriesView: Sendable {
  /// In the order of time.
  public let segments: [SegmentView]

  init(segments: [SegmentView]) { self.segments = segments }
}

/// A segment of a view.
public final class SegmentView: Sendable {
  public let times: Range<Int64>
  /// In the order of their numbers.
  public let shards: [ShardView]

  init(times: Range<Int64>, shards: [ShardView]) {
    self.times = times
    self.shards = shards
  }
}

/// A shard of a segment of a view.
public final class ShardView: Sendable {
  public let shard: UInt32
  /// The oldest first.
  let parts: [Part]
  /// Parts that could not be opened, and the times of the rows that they hold.
  let damaged: [(record: PartRecord, error: SeriesError)]
  /// The older first.
  let memory: [MemoryPart]
  /// Rows before this time are expired.
  let expiry: Int64
  let cache: PageCache

  init(
    shard: UInt32, parts: [Part], damaged: [(record: PartRecord, error: SeriesError)],
    memory: [MemoryPart], expiry: Int64, _ cache: PageCache
  ) {
    self.shard = shard
    self.parts = parts
    self.damaged = damaged
    self.memory = memory
    self.expiry = expiry
    self.cache = cache
  }

  func chunks(_ table: String) -> [MemoryChunk] {
    self.memory.flatMap { $0.tables[table] ?? [] }
  }
}

extension SeriesEngine {
  /// A view of the segments that overlap `times`, without those that are expired.
  public func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> SeriesView {
    let now = self.steadyNow
    let found = self.state.withLock { state -> (expiry: Int64, segments: [Segment])? in
      guard let group = state.groups[group] else { return nil }
      let expiry = group.options?.expiry(now) ?? .min
      let segments = group.segments.filter {
        $0.times.upperBound > expiry && $0.times.overlaps(times)
      }
      return (expiry, segments)
    }
    guard let found else {
      throw SeriesError(.unknownGroup, "the group \(group) is not known")
    }
    var views: [SegmentView] = []
    for segment in found.segments {
      var shards: [ShardView] = []
      for shard in segment.allShards() {
        shards.append(try await shard.view(expiry: found.expiry, self.cache))
      }
      views.append(SegmentView(times: segment.times, shards: shards))
    }
    return SeriesView(segments: views)
  }
}

extension Shard {
  /// What is there now. A merge may take parts away before they are opened: then it looks again.
  func view(expiry: Int64, _ cache: PageCache) async throws(SeriesError) -> ShardView {
    var attempt = 0
    while true {
      attempt += 1
      let (handles, memory, isDropped) = self.state.withLock { state in
        (state.parts, [state.frozen, state.memory].compactMap { $0 }, state.isDropped)
      }
      do throws(SeriesError) {
        let (parts, damaged) = try await self.open(handles)
        return ShardView(
          shard: self.number, parts: parts, damaged: damaged, memory: memory, expiry: expiry,
          cache)
      } catch {
        let isGone = (error.cause as? IOFailure)?.isNotFound ?? false
        guard isGone else { throw error }
        if isDropped || self.state.withLock({ $0.isDropped }) {
          return ShardView(
            shard: self.number, parts: [], damaged: [], memory: [], expiry: expiry, cache)
        }
        guard attempt < 10 else {
          throw SeriesError.damaged(self.directory, "a part of its manifest is not there")
        }
      }
    }
  }

  private func open(
    _ handles: [PartHandle]
  ) async throws(SeriesError) -> ([Part], [(record: PartRecord, error: SeriesError)]) {
    var parts: [Part] = []
    var damaged: [(record: PartRecord, error: SeriesError)] = []
    for handle in handles {
      do throws(SeriesError) {
        parts.append(try await handle.part())
      } catch {
        guard error.code == .damaged else { throw error }
        damaged.append((handle.record, error))
      }
    }
    return (parts, damaged)
  }
}
