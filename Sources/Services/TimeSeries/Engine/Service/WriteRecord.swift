internal import Bytes
internal import SeriesColumns

// A record of the journal: the batches of one call, each cut to one shard and segment. Little-endian:
//
//   8 bytes  sequence number
//   varint   batches, then each:
//     text     group; text table; 1 byte kind
//     varint   shard
//     8 + 8    times of the segment
//     columns  varint count, then each: text name, 1 byte type, 1 byte index; the same for series columns
//     varint   orders, then each: text name, text key, varint count and texts of the prefix
//     varint   rows; 8 bytes each: series, times, versions, one array after the other
//     columns  each as `Column.append(rawTo:)`
//     varint   series entries; 8 bytes each: ids; then their columns
//
// A text is a varint length and UTF-8.

/// Rows of one shard and segment.
struct WritePiece {
  var batch: RowBatch
  var times: Range<Int64>
}

enum WriteRecord {
  static func bytes(_ pieces: [WritePiece]) -> ByteWriter {
    let size = pieces.reduce(64) { $0 + $1.batch.byteCount + 512 }
    var writer = ByteWriter(capacity: size)
    writer.append(littleEndian: UInt64(0))
    writer.append(varint: UInt64(pieces.count))
    for piece in pieces { self.append(piece, to: &writer) }
    return writer
  }

  private static func append(_ piece: WritePiece, to writer: inout ByteWriter) {
    let batch = piece.batch
    writer.append(counted: batch.group)
    writer.append(counted: batch.schema.name)
    writer.append(batch.schema.kind.rawValue)
    writer.append(varint: UInt64(batch.shard))
    writer.append(littleEndian: piece.times.lowerBound)
    writer.append(littleEndian: piece.times.upperBound)
    self.append(batch.schema.columns, to: &writer)
    self.append(batch.schema.seriesColumns, to: &writer)
    writer.append(varint: UInt64(batch.schema.orders.count))
    for order in batch.schema.orders {
      writer.append(counted: order.name)
      writer.append(counted: order.key)
      writer.append(varint: UInt64(order.prefix.count))
      for name in order.prefix { writer.append(counted: name) }
    }
    writer.append(varint: UInt64(batch.count))
    batch.seriesIDs.withUnsafeBytes { writer.append(copying: $0) }
    batch.timestamps.withUnsafeBytes { writer.append(copying: $0) }
    batch.versions.withUnsafeBytes { writer.append(copying: $0) }
    for column in batch.columns { column.append(rawTo: &writer) }
    writer.append(varint: UInt64(batch.series.ids.count))
    batch.series.ids.withUnsafeBytes { writer.append(copying: $0) }
    for column in batch.series.columns { column.append(rawTo: &writer) }
  }

  private static func append(_ columns: [ColumnSchema], to writer: inout ByteWriter) {
    writer.append(varint: UInt64(columns.count))
    for column in columns {
      writer.append(counted: column.name)
      writer.append(column.type.rawValue)
      writer.append(column.index.rawValue)
    }
  }

  static func read(
    _ record: [UInt8], _ schemas: inout SchemaTable
  ) throws(ColumnError) -> (sequence: UInt64, pieces: [WritePiece]) {
    var reader = DirectoryReader(record)
    let sequence = try reader.number(UInt64.self)
    var pieces: [WritePiece] = []
    for _ in 0..<(try reader.count(upTo: 1 << 24)) {
      pieces.append(try self.piece(&reader, &schemas))
    }
    guard reader.isAtEnd else { throw ColumnError("\(reader.remaining) bytes follow the batches") }
    return (sequence, pieces)
  }

  private static func piece(
    _ reader: inout DirectoryReader, _ schemas: inout SchemaTable
  ) throws(ColumnError) -> WritePiece {
    let group = try reader.text()
    let table = try reader.text()
    guard let kind = TableKind(rawValue: try reader.byte()) else {
      throw ColumnError("a table of an unknown kind")
    }
    let shard = UInt32(truncatingIfNeeded: try reader.varint())
    let low = try reader.number(Int64.self)
    let high = try reader.number(Int64.self)
    guard low < high else { throw ColumnError("a segment that ends before it begins") }
    let columns = try self.columns(&reader)
    let seriesColumns = try self.columns(&reader)
    let orders = try self.orders(&reader)
    let schema = schemas.schema(table, kind, columns, seriesColumns, orders)
    var batch = RowBatch(group: group, schema: schema, shard: shard)
    let rows = try reader.count(upTo: 1 << 26)
    batch.seriesIDs = try reader.array(rows)
    batch.timestamps = try reader.array(rows)
    batch.versions = try reader.array(rows)
    batch.columns = []
    for _ in columns { batch.columns.append(try reader.column()) }
    batch.series.ids = try reader.array(try reader.count(upTo: 1 << 26))
    batch.series.columns = []
    for _ in seriesColumns { batch.series.columns.append(try reader.column()) }
    if let problem = batch.problem { throw ColumnError("a batch with \(problem)") }
    return WritePiece(batch: batch, times: low..<high)
  }

  private static func columns(
    _ reader: inout DirectoryReader
  ) throws(ColumnError) -> [ColumnSchema] {
    var columns: [ColumnSchema] = []
    for _ in 0..<(try reader.count(upTo: 1 << 20)) {
      let name = try reader.text()
      guard let type = ColumnType(rawValue: try reader.byte()),
        let index = ColumnIndex(rawValue: try reader.byte())
      else { throw ColumnError("the column \(name) is of an unknown type or index") }
      columns.append(ColumnSchema(name, type, index: index))
    }
    return columns
  }

  private static func orders(
    _ reader: inout DirectoryReader
  ) throws(ColumnError) -> [OrderSchema] {
    var orders: [OrderSchema] = []
    for _ in 0..<(try reader.count(upTo: 1 << 16)) {
      let name = try reader.text()
      let key = try reader.text()
      var prefix: [String] = []
      for _ in 0..<(try reader.count(upTo: 1 << 16)) { prefix.append(try reader.text()) }
      orders.append(OrderSchema(name: name, prefix: prefix, key: key))
    }
    return orders
  }
}

/// Equal schemas of many records as one object.
struct SchemaTable {
  private var last: [String: TableSchema] = [:]

  init() {}

  mutating func schema(
    _ name: String, _ kind: TableKind, _ columns: [ColumnSchema], _ seriesColumns: [ColumnSchema],
    _ orders: [OrderSchema]
  ) -> TableSchema {
    if let schema = self.last[name], schema.kind == kind, schema.columns == columns,
      schema.seriesColumns == seriesColumns, schema.orders == orders
    {
      return schema
    }
    let schema = TableSchema(
      name: name, kind: kind, columns: columns, seriesColumns: seriesColumns, orders: orders)
    self.last[name] = schema
    return schema
  }
}

extension DirectoryReader {
  mutating func array<T: BitwiseCopyable>(_ count: Int) throws(ColumnError) -> [T] {
    let bytes = try self.bytes(count * MemoryLayout<T>.stride)
    return [T](unsafeUninitializedCapacity: count) { target, filled in
      UnsafeMutableRawBufferPointer(target).copyBytes(from: bytes)
      filled = count
    }
  }

  mutating func column() throws(ColumnError) -> Column {
    let read = try self.withRest { bytes throws(ColumnError) in try Column.read(raw: bytes) }
    self.skip(read.byteCount)
    return read.column
  }
}
