private import Avro
internal import Bytes

/// Writes entries in the order of `ManifestSchema`.
enum EntryEncoder {
  static func encode(
    _ entry: ManifestEntry, defaultSnapshotID: Int64, types: [PrimitiveType], formatVersion: Int,
    to target: inout ByteWriter
  ) {
    target.append(avroInt: Int32(entry.status.rawValue))
    if formatVersion == 1 {
      target.append(avroLong: entry.snapshotID ?? defaultSnapshotID)
    } else {
      target.append(optional: entry.snapshotID ?? defaultSnapshotID)
      target.append(optional: entry.sequenceNumber)
      target.append(optional: entry.fileSequenceNumber)
    }
    self.encode(entry.file, types, formatVersion, to: &target)
  }

  private static func encode(
    _ file: DataFile, _ types: [PrimitiveType], _ version: Int, to target: inout ByteWriter
  ) {
    if version > 1 { target.append(avroInt: Int32(file.content.rawValue)) }
    target.append(avroString: file.path)
    target.append(avroString: file.format.rawValue.uppercased())
    for (value, type) in zip(file.partition.values, types) {
      self.encode(value, type, to: &target)
    }
    target.append(avroLong: file.recordCount)
    target.append(avroLong: file.fileSizeInBytes)
    // Required in version 1 and used by nobody.
    if version == 1 { target.append(avroLong: 64 << 20) }
    for counts in [
      file.columnSizes, file.valueCounts, file.nullValueCounts, file.nanValueCounts,
    ] {
      self.encode(counts, to: &target)
    }
    self.encode(file.lowerBounds, to: &target)
    self.encode(file.upperBounds, to: &target)
    target.append(optional: file.keyMetadata)
    self.encode(file.splitOffsets, to: &target)
    if version > 1 { self.encode(file.equalityIDs.map { $0.map(Int64.init) }, to: &target) }
    target.append(optional: file.sortOrderID.map(Int64.init))
    if version > 2 { target.append(optional: file.firstRowID) }
    if version > 1 {
      target.append(avroLong: file.referencedDataFile == nil ? 0 : 1)
      if let path = file.referencedDataFile { target.append(avroString: path) }
    }
    if version > 2 {
      target.append(optional: file.contentOffset)
      target.append(optional: file.contentSizeInBytes)
    }
  }

  private static func encode(
    _ value: Literal?, _ type: PrimitiveType, to target: inout ByteWriter
  ) {
    guard let value else {
      target.append(avroLong: 0)
      return
    }
    target.append(avroLong: 1)
    switch value {
    case .boolean(let value): target.append(avroBoolean: value)
    case .int(let value), .date(let value): target.append(avroInt: value)
    case .long(let value), .time(let value), .timestamp(let value), .timestamptz(let value),
      .timestampNanos(let value), .timestamptzNanos(let value):
      target.append(avroLong: value)
    case .float(let value): target.append(avroFloat: value)
    case .double(let value): target.append(avroDouble: value)
    case .decimal(let value):
      guard case .decimal(let precision, _) = type else { return }
      let bytes = value.bytes
      let room = DecimalNumber.byteCount(ofPrecision: precision)
      target.append(
        repeating: value.unscaled < 0 ? 0xFF : 0, count: max(0, room - bytes.count))
      target.append(bytes)
    case .string(let value): target.append(avroString: value)
    case .uuid, .fixed: value.append(to: &target)
    case .binary(let bytes): target.append(avroBytes: bytes.rawBytes)
    }
  }

  private static func encode(_ counts: ColumnCounts?, to target: inout ByteWriter) {
    guard let counts else { return target.append(avroLong: 0) }
    target.append(avroLong: 1)
    if !counts.isEmpty { target.append(avroLong: Int64(counts.entries.count)) }
    for entry in counts.entries {
      target.append(avroInt: entry.fieldID)
      target.append(avroLong: entry.count)
    }
    target.append(avroLong: 0)
  }

  private static func encode(_ bounds: ColumnBounds?, to target: inout ByteWriter) {
    guard let bounds else { return target.append(avroLong: 0) }
    target.append(avroLong: 1)
    if !bounds.isEmpty { target.append(avroLong: Int64(bounds.entries.count)) }
    for entry in bounds.entries {
      target.append(avroInt: entry.fieldID)
      bounds.append(avro: entry, to: &target)
    }
    target.append(avroLong: 0)
  }

  private static func encode(_ values: [Int64]?, to target: inout ByteWriter) {
    guard let values else { return target.append(avroLong: 0) }
    target.append(avroLong: 1)
    if !values.isEmpty { target.append(avroLong: Int64(values.count)) }
    for value in values { target.append(avroLong: value) }
    target.append(avroLong: 0)
  }
}

extension ByteWriter {
  mutating func append(optional value: Int64?) {
    guard let value else { return self.append(avroLong: 0) }
    self.append(avroLong: 1)
    self.append(avroLong: value)
  }

  mutating func append(optional bytes: [UInt8]?) {
    guard let bytes else { return self.append(avroLong: 0) }
    self.append(avroLong: 1)
    self.append(avroBytes: bytes.rawBytes)
  }
}
