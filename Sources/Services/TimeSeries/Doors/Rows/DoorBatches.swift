import Bytes
import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage

/// Points as columns, by table and shard.
struct DoorBatches: ~Copyable {
  private struct Key: Hashable {
    var table: ObjectIdentifier
    var shard: UInt32
  }

  private var batches: [RowBatch] = []
  private var index: [Key: Int] = [:]
  /// By batch: series that are there, and the last row of each.
  private var rows: [[UInt64: Int32]] = []
  private var last: (key: Key, batch: Int)?
  private var seriesKey = ByteWriter(capacity: 512)
  private var shardKey = ByteWriter(capacity: 512)
  /// `k=v,k=v` of the point.
  private var seriesText = ByteWriter(capacity: 512)
  /// By tag of the table: where its value stands in the point.
  private var slots: [Range<Int>?] = []
  /// By field of the point: the field of the table.
  private var places: [Int] = []
  private(set) var byteCount = 0
  private(set) var rowCount = 0
  private(set) var valueCount = 0

  /// What was gathered; nothing is left.
  mutating func take() -> [RowBatch] {
    defer {
      self.batches = []
      self.index.removeAll()
      self.rows = []
      self.last = nil
      self.byteCount = 0
      self.rowCount = 0
      self.valueCount = 0
    }
    return self.batches
  }

  /// Whether the table has all names of the point; keeps where they stand for `add`.
  mutating func place(
    _ point: borrowing DoorPoint, _ table: DoorTable
  ) throws(DoorRefusal) -> Bool {
    let subject = table.subject
    var isComplete = true
    self.slots.removeAll(keepingCapacity: true)
    self.slots.append(contentsOf: repeatElement(nil, count: subject.tags.count))
    for (number, tag) in point.tags.enumerated() {
      let key = point.bytes.bytes.extracting(tag.key)
      // The entity stands first in measures that doors made.
      guard let place = table.tags.find(key, guess: number + 1) else {
        isComplete = false
        continue
      }
      if place == table.seriesTag { throw .reservedTag }
      guard subject.tags[place].type == .string else { throw .tagType(tag: number) }
      guard self.slots[place] == nil else { throw .duplicateTag }
      self.slots[place] = tag.value
    }
    self.places.removeAll(keepingCapacity: true)
    for (number, field) in point.fields.enumerated() {
      guard let place = table.fields.find(point.bytes.bytes.extracting(field.key), guess: number)
      else {
        isComplete = false
        continue
      }
      let known = subject.fields[place].type
      guard known == field.value.type else {
        throw .fieldClash(field: number, is: field.value.type, has: known)
      }
      self.places.append(place)
    }
    return isComplete
  }

  /// Adds a point that was placed.
  mutating func add(
    _ point: borrowing DoorPoint, _ table: DoorTable, time: Int64, version: Int64
  ) throws(DoorRefusal) {
    let (mapping, subject) = (table.mapping, table.subject)
    if table.seriesTag != nil { self.writeSeriesText(point, table) }
    let series = try Self.series(
      point, table, self.slots, self.seriesText, &self.seriesKey)
    let shard = Self.shard(point, table, self.slots, self.seriesText, &self.shardKey)
    let batch = self.batch(mapping, shard)
    let row = self.batches[batch].count
    let earlier = self.rows[batch].updateValue(Int32(truncatingIfNeeded: row), forKey: series)
    self.batches[batch].seriesIDs.append(series)
    self.batches[batch].timestamps.append(time)
    self.batches[batch].versions.append(version)
    self.addFields(point, mapping, batch)
    self.addRowTags(point, mapping, batch)
    if let earlier {
      self.complete(batch, mapping, row: row, from: Int(earlier), time: time)
    } else {
      self.addSeries(series, point, table, batch)
    }
    self.rowCount += 1
    self.valueCount += point.fields.count
    self.byteCount += 24 + 8 * subject.fields.count
  }

  private mutating func addFields(
    _ point: borrowing DoorPoint, _ mapping: TableMapping, _ batch: Int
  ) {
    let count = self.batches[batch].count
    for (number, place) in self.places.enumerated() {
      let column = mapping.fields[place]
      // A field that is named twice is taken once.
      guard self.batches[batch].columns[column].count < count else { continue }
      switch point.fields[number].value {
      case .float(let value): self.batches[batch].columns[column].append(float: value)
      case .integer(let value): self.batches[batch].columns[column].append(integer: value)
      case .boolean(let value):
        self.batches[batch].columns[column].append(integer: value ? 1 : 0)
      case .text(let range):
        point.bytes.bytes.extracting(range).withUnsafeBytes {
          self.batches[batch].columns[column].append(bytes: $0)
        }
        self.byteCount += range.count
      }
    }
  }

  private mutating func addRowTags(
    _ point: borrowing DoorPoint, _ mapping: TableMapping, _ batch: Int
  ) {
    for (tag, place) in mapping.tags.enumerated() {
      guard case .row(let column) = place else { continue }
      Self.append(point, self.slots[tag], to: &self.batches[batch].columns[column])
    }
  }

  /// Fills what the point did not bring: with what an earlier point of the same series and moment brought, so
  /// that fields which come in several lines stay together, else with null.
  private mutating func complete(
    _ batch: Int, _ mapping: TableMapping, row: Int, from earlier: Int, time: Int64
  ) {
    let isSame = self.batches[batch].timestamps[earlier] == time
    for column in mapping.fields where self.batches[batch].columns[column].count == row {
      if isSame {
        self.batches[batch].columns[column].append(again: earlier)
      } else {
        self.batches[batch].columns[column].appendNull()
      }
    }
  }

  private mutating func addSeries(
    _ series: UInt64, _ point: borrowing DoorPoint, _ table: DoorTable, _ batch: Int
  ) {
    let count = self.batches[batch].count
    for column in table.mapping.fields where self.batches[batch].columns[column].count < count {
      self.batches[batch].columns[column].appendNull()
    }
    self.batches[batch].series.ids.append(series)
    for (tag, place) in table.mapping.tags.enumerated() {
      guard case .series(let column) = place else { continue }
      if tag == table.seriesTag {
        self.seriesText.withUnsafeBytes {
          self.batches[batch].series.columns[column].append(bytes: $0)
        }
      } else {
        Self.append(point, self.slots[tag], to: &self.batches[batch].series.columns[column])
      }
    }
    self.byteCount += 8 + 2 * self.seriesText.count
  }

  private static func append(
    _ point: borrowing DoorPoint, _ slot: Range<Int>?, to column: inout Column
  ) {
    guard let slot, column.type == .string else { return column.appendNull() }
    point.bytes.bytes.extracting(slot).withUnsafeBytes { column.append(bytes: $0) }
  }

  private mutating func batch(_ mapping: TableMapping, _ shard: UInt32) -> Int {
    let key = Key(table: ObjectIdentifier(mapping), shard: shard)
    if let last = self.last, last.key == key { return last.batch }
    let batch: Int
    if let known = self.index[key] {
      batch = known
    } else {
      batch = self.batches.count
      self.index[key] = batch
      self.batches.append(
        RowBatch(group: mapping.subject.key.group, schema: mapping.schema, shard: shard))
      self.rows.append([:])
    }
    self.last = (key, batch)
    return batch
  }

  // MARK: Series and shard

  private mutating func writeSeriesText(_ point: borrowing DoorPoint, _ table: DoorTable) {
    self.seriesText.removeAll()
    for tag in table.ordered {
      guard let slot = self.slots[tag] else { continue }
      if !self.seriesText.isEmpty { self.seriesText.append(UInt8(ascii: ",")) }
      let name = table.tagNames[tag]
      self.appendEscaped(name.rawBytes)
      self.seriesText.append(UInt8(ascii: "="))
      self.appendEscaped(point.bytes.bytes.extracting(slot))
    }
  }

  /// As line protocol has it: `\` before comma, equals sign and blank, and before itself, so that no two sets of
  /// tags have the same text.
  private mutating func appendEscaped(_ bytes: RawSpan) {
    self.seriesText.reserve(2 * bytes.byteCount)
    for offset in 0..<bytes.byteCount {
      let byte = bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: " "), UInt8(ascii: "\\"):
        self.seriesText.append(UInt8(ascii: "\\"))
      default: break
      }
      self.seriesText.append(byte)
    }
  }

  private static func series(
    _ point: borrowing DoorPoint, _ table: DoorTable, _ slots: [Range<Int>?],
    _ text: borrowing ByteWriter, _ key: inout ByteWriter
  ) throws(DoorRefusal) -> UInt64 {
    key.removeAll()
    SeriesKey.append(name: table.subject.name, to: &key)
    for tag in table.subject.entity {
      if tag == table.seriesTag {
        SeriesKey.append(text: text.bytes, to: &key)
      } else {
        guard let slot = slots[tag] else { throw .missingEntity }
        SeriesKey.append(text: point.bytes.bytes.extracting(slot), to: &key)
      }
    }
    return SeriesKey.number(of: key.bytes)
  }

  private static func shard(
    _ point: borrowing DoorPoint, _ table: DoorTable, _ slots: [Range<Int>?],
    _ text: borrowing ByteWriter, _ key: inout ByteWriter
  ) -> UInt32 {
    key.removeAll()
    ShardKey.append(name: table.subject.name, to: &key)
    for tag in table.subject.sharding {
      if tag == table.seriesTag {
        key.append(text.bytes)
      } else if let slot = slots[tag] {
        key.append(point.bytes.bytes.extracting(slot))
      }
    }
    return ShardKey.shard(of: key.bytes, among: table.subject.shardCount)
  }
}
