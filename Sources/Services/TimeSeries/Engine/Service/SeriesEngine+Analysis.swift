internal import Runtime
public import SeriesColumns
internal import Synchronization

/// A table in a part, and where its bytes go.
public struct TableInventory: Sendable, Hashable {
  public var name: String
  public var kind: TableKind
  public var rows = 0
  public var entries = 0
  public var blocks = 0
  public var columns = 0
  public var dataBytes: Int64 = 0
  public var entryBytes: Int64 = 0
  public var indexBytes: Int64 = 0

  init(name: String, kind: TableKind) {
    self.name = name
    self.kind = kind
  }
}

/// A part with the tables in it.
public struct PartAnalysis: Sendable {
  public var group: String
  public var segment: Range<Int64>
  public var shard: UInt32
  public var part: PartInventory
  /// By name.
  public var tables: [TableInventory]
  /// Why the part could not be looked into.
  public var problem: SeriesError?
}

extension SeriesEngine {
  /// Opens every part of a group, or of all, and adds up what its directory says. No page is read.
  public func analysis(group: String? = nil) async throws(SeriesError) -> [PartAnalysis] {
    var found: [PartAnalysis] = []
    for segment in self.allSegments(group) {
      for shard in segment.allShards() {
        for handle in shard.state.withLock({ $0.parts }) {
          var analysis = PartAnalysis(
            group: segment.group, segment: segment.times, shard: shard.number,
            part: PartInventory(handle), tables: [])
          do throws(SeriesError) {
            analysis.tables = try await handle.part().tables
          } catch {
            // A merge has taken it away meanwhile.
            if (error.cause as? IOFailure)?.isNotFound ?? false { continue }
            analysis.problem = error
          }
          found.append(analysis)
        }
      }
    }
    return found
  }
}

extension SeriesEngine {
  /// How many rows shards have of some tables, those that have any. Parts that cannot be opened count for nothing.
  public func rows(
    ofTables names: Set<String>, group: String? = nil
  ) async -> [StoredShardPlace: Int64] {
    var found: [StoredShardPlace: Int64] = [:]
    for segment in self.allSegments(group) {
      for shard in segment.allShards() {
        let (handles, inMemory) = shard.state.withLock { state in
          (
            state.parts,
            state.memory.rows(ofTables: names) + (state.frozen?.rows(ofTables: names) ?? 0)
          )
        }
        var rows = inMemory
        for handle in handles {
          let counts = (try? await handle.tableRows()) ?? [:]
          rows += names.reduce(0) { $0 + (counts[$1] ?? 0) }
        }
        guard rows > 0 else { continue }
        let place = StoredShardPlace(
          group: segment.group, segment: segment.times, shard: shard.number)
        found[place] = rows
      }
    }
    return found
  }
}

extension MemoryPart {
  fileprivate func rows(ofTables names: Set<String>) -> Int64 {
    names.reduce(0) { sum, name in
      sum + (self.tables[name] ?? []).reduce(0) { $0 + Int64($1.timestamps.count) }
    }
  }
}

extension PartInventory {
  init(_ handle: PartHandle) {
    let record = handle.record
    self.init(
      file: handle.path, bytes: record.byteCount, rows: record.rows, series: record.series,
      times: record.rows > 0 ? record.leastTime...record.greatestTime : nil)
  }
}

extension Part {
  fileprivate var tables: [TableInventory] {
    var tables: [String: TableInventory] = [:]
    for section in self.sections.values {
      let name = section.key.table
      var table = tables[name] ?? TableInventory(name: name, kind: section.kind)
      let pages = (0..<section.blocks.count).reduce(Int64(0)) {
        $0 + Int64(section.blocks.byteCount($1))
      }
      table.indexBytes += section.attachments.reduce(0) { $0 + Int64($1.byteCount) }
      if section.key.isSeries {
        table.entries += section.rowCount
        table.entryBytes += pages
      } else {
        table.rows += section.rowCount
        table.blocks += section.blocks.count
        table.columns = section.columns.count
        table.dataBytes += pages
      }
      tables[name] = table
    }
    return tables.values.sorted { $0.name < $1.name }
  }
}

extension MergePolicy {
  /// How many parts merges would save before nothing is left to merge.
  func backlog(_ sizes: [Int64]) -> Int {
    var left = sizes
    while let range = self.choose(left) {
      left.replaceSubrange(range, with: [left[range].reduce(0, +)])
    }
    return sizes.count - left.count
  }
}
