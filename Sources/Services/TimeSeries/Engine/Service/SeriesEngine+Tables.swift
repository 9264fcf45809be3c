public import SeriesColumns
internal import Synchronization

/// A table as the parts of a shard have it, whatever a schema says of it.
public struct StoredTable: Sendable, Hashable {
  public var place: StoredShardPlace
  public var name: String
  public var kind: TableKind
  public var columns: [ColumnSchema] = []
  public var seriesColumns: [ColumnSchema] = []
}

extension SeriesEngine {
  /// Where a table has rows in parts, and with which columns: all that any part has.
  public func tables(
    named name: String, group: String, times: ClosedRange<Int64>, shards: Set<UInt32>
  ) async throws(SeriesError) -> [StoredTable] {
    var found: [StoredTable] = []
    for segment in self.allSegments(group) where segment.times.overlaps(times) {
      for shard in segment.allShards() where shards.contains(shard.number) {
        var table: StoredTable?
        for handle in shard.state.withLock({ $0.parts }) {
          for section in try await handle.part().sections.values where section.key.table == name {
            let place = StoredShardPlace(group: group, segment: segment.times, shard: shard.number)
            var known = table ?? StoredTable(place: place, name: name, kind: section.kind)
            known.take(section)
            table = known
          }
        }
        if let table { found.append(table) }
      }
    }
    return found
  }
}

extension StoredTable {
  fileprivate mutating func take(_ section: PartSection) {
    let known = section.key.isSeries ? self.seriesColumns : self.columns
    let new = section.columns.filter { column in
      !known.contains { $0.name == column.name && $0.type == column.type }
    }
    if section.key.isSeries { self.seriesColumns += new } else { self.columns += new }
  }
}
