import Bytes
import Crypto
import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage

// Counters are rows of the table `_top_n_result`, in the group and the shard of the points they were made of:
//
//   series    of a ranking: `RankingSource.series`; of late points: XXH64("late MEASURE SHARD NODE")
//   time      the start of the window
//   version   grows with every row of this table that this node writes
//   counters  of a ranking what follows; of late points null
//   best      the same, with the first hundred entries alone: most questions need no more
//
// A window is covered when its ranking has a row of it with a higher version than the row of late points.
// Little-endian:
//
//   1 byte    form 1
//   1 byte    lists: each
//     1 byte    bit 0 ascending, bit 1 values are floats
//     varint    groups, each: varint, values
//     varint    entries, the best first, each:
//       8 + 8 + 8 bytes   series, value (bits), version
//       varint            its group
//       varint            bytes of: varint, values of the entity

/// The table of counters.
enum RankingTable {
  static let name = InternalTable.counters
  static let counters = ColumnSchema("#counters", .binary)
  static let best = ColumnSchema("#best", .binary)
  static let bestCount = 100
  static let schema = TableSchema(
    name: RankingTable.name, kind: .measure,
    columns: [RankingTable.counters, RankingTable.best],
    seriesColumns: [ColumnSchema("#of", .string)])

  /// Of no node: a shard may come back that another node has written to meanwhile.
  static func lateSeries(_ measure: String, shard: UInt32) -> UInt64 {
    XXH64.hash(of: Array("late \(measure) \(shard)".utf8).rawBytes)
  }

  static func add(
    series: UInt64, of name: String, window: Int64, version: Int64,
    counters: (all: [UInt8], best: [UInt8])?, to batch: inout RowBatch
  ) {
    batch.seriesIDs.append(series)
    batch.timestamps.append(window)
    batch.versions.append(version)
    if let counters {
      batch.columns[0].append(bytes: counters.all)
      batch.columns[1].append(bytes: counters.best)
    } else {
      batch.columns[0].appendNull()
      batch.columns[1].appendNull()
    }
    guard batch.series.ids.last != series else { return }
    batch.series.ids.append(series)
    batch.series.columns[0].append(text: name)
  }
}

/// A window's value of an entity.
struct RankingCounter {
  var series: UInt64
  /// An integer, or the bits of a float.
  var bits: Int64
  var version: Int64
  var group: Int
  var entity: Int

  @inline(__always) func value(isFloat: Bool) -> SeriesValue {
    isFloat ? .float(Double(bitPattern: UInt64(bitPattern: self.bits))) : .int(self.bits)
  }
}

/// One direction of a window, as it is read.
struct RankingList {
  struct Entry {
    var series: UInt64
    var value: SeriesValue
    var version: Int64
    var entity: [SeriesValue]
  }

  private static let countMax = 1 << 24

  /// The first `count` entries of a direction: of `group` when one is wanted. Nil when the direction was not kept
  /// or the form is another one.
  static func first(
    _ count: Int, ascending: Bool, group: [SeriesValue]?, in bytes: [UInt8]
  ) throws(ColumnError) -> [Entry]? {
    var reader = DirectoryReader(bytes)
    guard try reader.byte() == 1 else { return nil }
    for _ in 0..<(try reader.byte()) {
      let flags = try reader.byte()
      let isWanted = (flags & 1 != 0) == ascending
      var wanted: Int?
      for number in 0..<(try reader.count(upTo: self.countMax)) {
        if try reader.values() == group { wanted = number }
      }
      var entries: [Entry] = []
      for _ in 0..<(try reader.count(upTo: self.countMax)) {
        let series: UInt64 = try reader.number()
        let bits: Int64 = try reader.number()
        let version: Int64 = try reader.number()
        let number = try reader.count(upTo: self.countMax)
        let byteCount = try reader.count(upTo: reader.remaining)
        guard isWanted, group == nil || number == wanted else {
          reader.skip(byteCount)
          continue
        }
        let value: SeriesValue =
          flags & 2 != 0
          ? .float(Double(bitPattern: UInt64(bitPattern: bits))) : .int(bits)
        entries.append(
          Entry(series: series, value: value, version: version, entity: try reader.values()))
        if entries.count == count { return entries }
      }
      if isWanted { return entries }
    }
    return nil
  }
}

extension RankingList {
  /// How many entries a window has: in the longer one of its directions.
  static func count(in bytes: [UInt8]) throws(ColumnError) -> Int {
    var reader = DirectoryReader(bytes)
    guard try reader.byte() == 1 else { return 0 }
    var most = 0
    for _ in 0..<(try reader.byte()) {
      _ = try reader.byte()
      for _ in 0..<(try reader.count(upTo: self.countMax)) { _ = try reader.values() }
      let count = try reader.count(upTo: self.countMax)
      most = max(most, count)
      for _ in 0..<count {
        guard reader.remaining >= 24 else {
          throw ColumnError("an entry of \(reader.remaining) bytes")
        }
        reader.skip(24)
        _ = try reader.count(upTo: self.countMax)
        reader.skip(try reader.count(upTo: reader.remaining))
      }
    }
    return most
  }
}

extension ByteWriter {
  /// One direction of a window, the best first.
  mutating func append(
    _ counters: some Collection<RankingCounter>, groups: [[SeriesValue]],
    entities: [[SeriesValue]], ascending: Bool, isFloat: Bool
  ) {
    self.append((ascending ? 1 : 0) | (isFloat ? 2 : 0) as UInt8)
    self.append(varint: UInt64(groups.count))
    for group in groups { self.append(group) }
    self.append(varint: UInt64(counters.count))
    var entity = ByteWriter(capacity: 256)
    for counter in counters {
      self.append(littleEndian: counter.series)
      self.append(littleEndian: counter.bits)
      self.append(littleEndian: counter.version)
      self.append(varint: UInt64(counter.group))
      entity.removeAll()
      entity.append(entities[counter.entity])
      self.append(varint: UInt64(entity.count))
      self.append(entity.bytes)
    }
  }
}

extension RankingCounter {
  /// In the order of a direction, cut to so many of each group.
  static func ranked(
    _ counters: [RankingCounter], groupCount: Int, entities: [[SeriesValue]], ascending: Bool,
    isFloat: Bool, perGroup: Int
  ) -> [RankingCounter] {
    let sorted = counters.sorted { left, right in
      let (a, b) = (left.value(isFloat: isFloat), right.value(isFloat: isFloat))
      if a.isBefore(b) { return ascending }
      if b.isBefore(a) { return !ascending }
      return RankedEntity.precedes(entities[left.entity], entities[right.entity])
    }
    var left = [Int](repeating: perGroup, count: groupCount)
    return sorted.filter { counter in
      left[counter.group] -= 1
      return left[counter.group] >= 0
    }
  }
}
