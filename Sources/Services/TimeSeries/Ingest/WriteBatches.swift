import Bytes
import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesWire

/// Rows that wait to be handed over, by table and shard.
struct WriteBatches: ~Copyable {
  private struct Key: Hashable {
    var table: ObjectIdentifier
    var shard: UInt32
  }

  private var batches: [RowBatch] = []
  private var index: [Key: Int] = [:]
  /// By batch: series whose entry is there.
  private var known: [Set<UInt64>] = []
  private var seriesKey = ByteWriter(capacity: 256)
  private var shardKey = ByteWriter(capacity: 256)
  /// A value for each tag of the subject; nil for those that the message does not have.
  private var row: [ModelWire.TagValue?] = []
  private var tally = Tally()

  private struct Tally {
    var byteCount = 0
    var mismatchCount = 0
  }

  var byteCount: Int { self.tally.byteCount }
  /// Cells whose value was of another type than the schema's, and became null.
  var mismatchCount: Int { self.tally.mismatchCount }

  var isEmpty: Bool { self.batches.isEmpty }

  /// What was gathered; nothing is left.
  mutating func take() -> [RowBatch] {
    defer {
      self.batches.removeAll()
      self.index.removeAll()
      self.known.removeAll()
      self.tally = Tally()
    }
    return self.batches
  }

  /// Puts the tags of a message where the schema has them.
  private mutating func place(
    _ families: [ModelWire.TagFamilyForWrite], _ target: WriteTarget
  ) throws(WriteRefusal) {
    self.row.removeAll(keepingCapacity: true)
    self.row.append(contentsOf: repeatElement(nil, count: target.mapping.subject.tags.count))
    guard families.count <= target.spec.families.count else {
      throw WriteRefusal(.internalError)
    }
    for (family, places) in zip(families, target.spec.families) {
      guard family.tags.count <= places.count else { throw WriteRefusal(.internalError) }
      for (tag, place) in zip(family.tags, places) {
        if let place { self.row[place] = tag }
      }
    }
  }

  /// Adds a row of a stream or measure.
  mutating func add(
    _ families: [ModelWire.TagFamilyForWrite], fields: [ModelWire.FieldValue], time: Int64,
    version: Int64, _ target: WriteTarget
  ) throws(WriteRefusal) {
    let mapping = target.mapping
    try self.place(families, target)
    let series = try self.series(target)
    let shard = try self.shard(target)
    let batch = self.batch(mapping, shard)
    self.batches[batch].seriesIDs.append(series)
    self.batches[batch].timestamps.append(time)
    self.batches[batch].versions.append(version)
    for (tag, place) in mapping.tags.enumerated() {
      guard case .row(let column) = place else { continue }
      Self.append(self.row[tag], to: &self.batches[batch].columns[column], &self.tally)
    }
    self.addFields(fields, target, batch)
    self.addSeries(series, mapping, batch)
  }

  /// Fields that have no name are let go.
  private mutating func addFields(
    _ fields: [ModelWire.FieldValue], _ target: WriteTarget, _ batch: Int
  ) {
    let count = self.batches[batch].count
    for (value, field) in zip(fields, target.spec.fields) {
      guard let field else { continue }
      let column = target.mapping.fields[field]
      // A field that is named twice is taken once.
      guard self.batches[batch].columns[column].count < count else { continue }
      if !self.batches[batch].columns[column].append(SeriesValue(value)) {
        self.tally.mismatchCount += 1
      }
      self.tally.byteCount += 9
    }
    for column in target.mapping.fields where self.batches[batch].columns[column].count < count {
      self.batches[batch].columns[column].appendNull()
    }
  }

  /// The entry of a series: where tags beside the entity stand in it, the last of the batch counts.
  private mutating func addSeries(_ series: UInt64, _ mapping: TableMapping, _ batch: Int) {
    let isNew = self.known[batch].insert(series).inserted
    guard isNew || mapping.schema.seriesColumns.count > mapping.subject.entity.count else { return }
    self.batches[batch].series.ids.append(series)
    for (tag, place) in mapping.tags.enumerated() {
      guard case .series(let column) = place else { continue }
      Self.append(self.row[tag], to: &self.batches[batch].series.columns[column], &self.tally)
    }
  }

  /// Adds a span.
  mutating func add(
    _ tags: [ModelWire.TagValue], span: [UInt8], version: Int64, _ target: WriteTarget
  ) throws(WriteRefusal) {
    let (mapping, subject) = (target.mapping, target.mapping.subject)
    var family = ModelWire.TagFamilyForWrite()
    family.tags = tags
    try self.place([family], target)
    guard case .timestamp(let time)? = self.row[subject.timestamp]?.value,
      let nanoseconds = WriteTime.nanoseconds(time)
    else { throw WriteRefusal(.invalidTimestamp) }
    guard case .str(let id)? = self.row[subject.traceID]?.value else {
      throw WriteRefusal(.internalError)
    }
    self.shardKey.removeAll()
    self.shardKey.append(id.value)
    let hash = ShardKey.hash(of: self.shardKey.bytes)
    let batch = self.batch(mapping, UInt32(hash % UInt64(subject.shardCount)))
    // The series of a trace is the hash of its id: the same that chose the shard.
    self.batches[batch].seriesIDs.append(hash)
    self.batches[batch].timestamps.append(nanoseconds)
    self.batches[batch].versions.append(version)
    for (tag, place) in mapping.tags.enumerated() {
      guard case .row(let column) = place else { continue }
      Self.append(self.row[tag], to: &self.batches[batch].columns[column], &self.tally)
    }
    self.batches[batch].columns[mapping.span].append(bytes: span)
    self.tally.byteCount += span.count
  }

  private mutating func batch(_ mapping: TableMapping, _ shard: UInt32) -> Int {
    let key = Key(table: ObjectIdentifier(mapping), shard: shard)
    if let batch = self.index[key] { return batch }
    self.index[key] = self.batches.count
    self.batches.append(
      RowBatch(group: mapping.subject.key.group, schema: mapping.schema, shard: shard))
    self.known.append([])
    return self.batches.count - 1
  }

  private static func append(
    _ tag: ModelWire.TagValue?, to column: inout Column, _ tally: inout Tally
  ) {
    tally.byteCount += 8
    switch (column.type, tag?.value) {
    case (_, nil), (_, .null?): column.appendNull()
    case (.string, .str(let text)?):
      column.append(text: text.value)
      tally.byteCount += text.value.utf8.count
    case (.integer, .int(let number)?): column.append(integer: number.value)
    case (.binary, .binaryData(let bytes)?):
      column.append(bytes: bytes)
      tally.byteCount += bytes.count
    case (.strings, .strArray(let texts)?):
      column.append(strings: texts.value)
      for text in texts.value { tally.byteCount += 4 + text.utf8.count }
    case (.integers, .intArray(let numbers)?):
      column.append(integers: numbers.value)
      tally.byteCount += 8 * numbers.value.count
    case (.timestamp, .timestamp(let time)?):
      if let nanoseconds = time.exactNanoseconds {
        column.append(integer: nanoseconds)
      } else {
        column.appendNull()
        tally.mismatchCount += 1
      }
    default:
      column.appendNull()
      tally.mismatchCount += 1
    }
  }

  // MARK: Series and shard

  /// The value of an entity or sharding tag; refused when the message ends before it, and when it is empty.
  private func value(_ tag: Int, _ spec: WriteSpec) throws(WriteRefusal) -> SeriesValue {
    guard let value = self.row[tag] else {
      guard !spec.isPlaced[tag] else { throw WriteRefusal(.internalError) }
      return .null
    }
    guard value.value != nil else { throw WriteRefusal(.internalError) }
    return SeriesValue(value)
  }

  private mutating func series(_ target: WriteTarget) throws(WriteRefusal) -> UInt64 {
    let subject = target.mapping.subject
    self.seriesKey.removeAll()
    SeriesKey.append(name: subject.name, to: &self.seriesKey)
    for tag in subject.entity {
      let value = try self.value(tag, target.spec)
      guard SeriesKey.append(value, to: &self.seriesKey) else {
        throw WriteRefusal(.internalError)
      }
    }
    return SeriesKey.number(of: self.seriesKey.bytes)
  }

  private mutating func shard(_ target: WriteTarget) throws(WriteRefusal) -> UInt32 {
    let subject = target.mapping.subject
    self.shardKey.removeAll()
    ShardKey.append(name: subject.name, to: &self.shardKey)
    for tag in subject.sharding {
      ShardKey.append(try self.value(tag, target.spec), to: &self.shardKey)
    }
    return ShardKey.shard(of: self.shardKey.bytes, among: subject.shardCount)
  }
}
