import Cluster
import Protobuf
import Runtime
import SeriesColumns
package import SeriesEngine
package import SeriesProperty
package import SeriesSchema
import SeriesStorage
package import SeriesWire
import Values

/// Keeps the engine told of the groups of the schema, and gives and drops their data.
package final class EngineGroups: GroupData, Sendable {
  private let engine: SeriesEngine
  private let registry: SchemaRegistry
  private let properties: PropertyService
  private let node: DatabaseWire.Node
  /// Local time less UTC: segments begin at midnight here.
  private let gridOffsetSeconds: Int64
  private let applied = Guarded<[String: GroupOptions]>([:])

  package init(
    _ engine: SeriesEngine, _ registry: SchemaRegistry, properties: PropertyService,
    node: DatabaseWire.Node, gridOffsetSeconds: Int64 = 0
  ) {
    self.engine = engine
    self.registry = registry
    self.properties = properties
    self.node = node
    self.gridOffsetSeconds = gridOffsetSeconds
  }

  /// Tells the engine of every change, until the task is cancelled.
  package func run() async throws(CancellationError) {
    let bell = Bell()
    self.registry.add(bell)
    defer { self.registry.remove(bell) }
    while true {
      self.apply()
      try await bell.wait()
    }
  }

  /// Tells the engine of the groups as they are.
  package func apply() {
    for group in self.registry.current.groups {
      guard let name = group.metadata?.name,
        let options = GroupOptions(group, gridOffsetSeconds: self.gridOffsetSeconds)
      else { continue }
      let isNew = self.applied.withLock { known -> Bool in
        guard known[name] != options else { return false }
        known[name] = options
        return true
      }
      if isNew { self.engine.apply(group: name, options) }
    }
  }

  package func holdsData(_ group: String) async throws(SeriesFault) -> Bool {
    try await self.byteCount(group) > 0
  }

  package func byteCount(_ group: String) async throws(SeriesFault) -> Int64 {
    self.engine.inventory(group: group).flatMap(\.shards).reduce(0) { sum, shard in
      sum + Int64(shard.memoryBytes) + shard.parts.reduce(0) { $0 + $1.bytes }
    }
  }

  package func drop(_ group: String) async throws(SeriesFault) {
    do throws(SeriesError) {
      try await self.engine.dropGroup(group)
    } catch {
      throw SeriesFault(.internalError, error.message)
    }
    self.applied.withLock { $0[group] = nil }
    try await self.properties.drop(group: group)
    // A group that stays, because only its data was to go, takes rows again.
    self.apply()
  }

  package func inspect(_ group: String) async throws(SeriesFault)
    -> (data: [DatabaseWire.DataInfo], liaisons: [DatabaseWire.LiaisonInfo])
  {
    let segments = self.engine.inventory(group: group)
    let bytes = try await self.byteCount(group)
    let internalRows = await self.engine.rows(ofTables: InternalTable.all, group: group)
    let data = DatabaseWire.DataInfo {
      $0.node = self.node
      $0.dataSizeBytes = bytes
      $0.segmentInfo = segments.map { segment in
        DatabaseWire.SegmentInfo {
          $0.segmentID = "\(segment.times.lowerBound)"
          $0.timeRangeStart = Self.text(segment.times.lowerBound)
          $0.timeRangeEnd = Self.text(segment.times.upperBound)
          $0.shardInfo = segment.shards.map { shard in
            let place = StoredShardPlace(group: group, segment: segment.times, shard: shard.shard)
            return Self.shard(shard, without: internalRows[place] ?? 0)
          }
        }
      }
    }
    return ([data], [])
  }

  /// - Parameter internalRows: those that nobody wrote.
  private static func shard(
    _ shard: ShardInventory, without internalRows: Int64
  ) -> DatabaseWire.ShardInfo {
    DatabaseWire.ShardInfo {
      $0.shardID = shard.shard
      let rows = Int64(shard.memoryRows) + shard.parts.reduce(0) { $0 + $1.rows }
      $0.dataCount = max(0, rows - internalRows)
      $0.dataSizeBytes = Int64(shard.memoryBytes) + shard.parts.reduce(0) { $0 + $1.bytes }
      $0.partCount = Int64(shard.parts.count)
      $0.filePartCount = Int64(shard.parts.count)
    }
  }

  private static func text(_ nanoseconds: Int64) -> String {
    Timestamp(WallTime(nanoseconds: nanoseconds)).description
  }
}
