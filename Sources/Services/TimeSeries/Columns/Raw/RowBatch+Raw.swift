public import Bytes

// Rows as journals and messages hold them: written fast and read once. Little-endian.
//
//   a batch    text group; text table; 1 byte kind; varint shard; [what the writer puts between];
//              columns, series columns, orders (`ColumnSchema+Raw.swift`)
//              varint rows; 8 bytes each: series, times, versions, one array after the other
//              columns, each as `Column.append(rawTo:)`
//              series entries
//   entries    varint count; 8 bytes each: ids; then their columns
//   a block    varint runs; 8 bytes each: series; 8 bytes each: rows of the run
//              1 byte: 1 with times and versions, 2 with times; varint rows; 8 bytes each
//              varint columns; each as `Column.append(rawTo:)`

private let rowsMax = 1 << 26

/// A batch in its raw form.
extension RowBatch {
  /// - Parameter between: what stands behind the shard.
  public func append(
    rawTo writer: inout ByteWriter, between: (inout ByteWriter) -> Void = { _ in }
  ) {
    writer.append(counted: self.group)
    writer.append(counted: self.schema.name)
    writer.append(self.schema.kind.rawValue)
    writer.append(varint: UInt64(self.shard))
    between(&writer)
    writer.append(self.schema.columns)
    writer.append(self.schema.seriesColumns)
    writer.append(self.schema.orders)
    writer.append(varint: UInt64(self.count))
    self.seriesIDs.withUnsafeBytes { writer.append(copying: $0) }
    self.timestamps.withUnsafeBytes { writer.append(copying: $0) }
    self.versions.withUnsafeBytes { writer.append(copying: $0) }
    for column in self.columns { column.append(rawTo: &writer) }
    self.series.append(rawTo: &writer)
  }

  /// Reads a batch, and what stands behind its shard with `between`. What it answers fits together.
  public static func read<Between>(
    raw reader: inout DirectoryReader, _ schemas: inout SchemaTable,
    between: (inout DirectoryReader) throws(ColumnError) -> Between
  ) throws(ColumnError) -> (batch: RowBatch, between: Between) {
    let group = try reader.text()
    let table = try reader.text()
    guard let kind = TableKind(rawValue: try reader.byte()) else {
      throw ColumnError("a table of an unknown kind")
    }
    let shard = UInt32(truncatingIfNeeded: try reader.varint())
    let extra = try between(&reader)
    let columns = try reader.columns()
    let seriesColumns = try reader.columns()
    let orders = try reader.orders()
    let schema = schemas.schema(table, kind, columns, seriesColumns, orders)
    var batch = RowBatch(group: group, schema: schema, shard: shard)
    let rows = try reader.count(upTo: rowsMax)
    batch.seriesIDs = try reader.array(rows)
    batch.timestamps = try reader.array(rows)
    batch.versions = try reader.array(rows)
    batch.columns = []
    for _ in columns { batch.columns.append(try reader.column()) }
    batch.series = try SeriesRows(raw: &reader, columnCount: seriesColumns.count)
    if let problem = batch.problem { throw ColumnError("a batch with \(problem)") }
    return (batch, extra)
  }
}

/// Equal schemas of many batches as one object.
public struct SchemaTable {
  private var last: [String: TableSchema] = [:]

  public init() {}

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

extension SeriesRows {
  public func append(rawTo writer: inout ByteWriter) {
    writer.append(varint: UInt64(self.ids.count))
    self.ids.withUnsafeBytes { writer.append(copying: $0) }
    for column in self.columns { column.append(rawTo: &writer) }
  }

  public init(raw reader: inout DirectoryReader, columnCount: Int) throws(ColumnError) {
    let ids: [UInt64] = try reader.array(try reader.count(upTo: rowsMax))
    var columns: [Column] = []
    for _ in 0..<columnCount { columns.append(try reader.column()) }
    guard columns.allSatisfy({ $0.count == ids.count }) else {
      throw ColumnError("columns of other lengths than the \(ids.count) series")
    }
    self.init(ids: ids, columns: columns)
  }
}

/// A block in its raw form.
extension RowBlock {
  public func append(rawTo writer: inout ByteWriter) {
    writer.append(varint: UInt64(self.runs.count))
    for run in self.runs { writer.append(littleEndian: run.seriesID) }
    for run in self.runs { writer.append(littleEndian: UInt64(run.rows.count)) }
    writer.append(self.versions.isEmpty ? 2 : 1 as UInt8)
    writer.append(varint: UInt64(self.timestamps.count))
    self.timestamps.withUnsafeBytes { writer.append(copying: $0) }
    self.versions.withUnsafeBytes { writer.append(copying: $0) }
    writer.append(varint: UInt64(self.columns.count))
    for column in self.columns { column.append(rawTo: &writer) }
  }

  public init(raw reader: inout DirectoryReader) throws(ColumnError) {
    let runCount = try reader.count(upTo: rowsMax)
    let ids: [UInt64] = try reader.array(runCount)
    let lengths: [UInt64] = try reader.array(runCount)
    let hasVersions = try reader.byte() == 1
    let rows = try reader.count(upTo: rowsMax)
    var runs: [SeriesRun] = []
    var end = 0
    for (id, length) in zip(ids, lengths) {
      guard length > 0, length <= UInt64(rows - end) else {
        throw ColumnError("a run of \(length) rows where \(rows - end) are left")
      }
      runs.append(SeriesRun(seriesID: id, rows: end..<(end + Int(length))))
      end += Int(length)
    }
    let times: [Int64] = try reader.array(rows)
    let versions: [Int64] = hasVersions ? try reader.array(rows) : []
    var columns: [Column] = []
    for _ in 0..<(try reader.count(upTo: 1 << 20)) { columns.append(try reader.column()) }
    guard end == rows, columns.allSatisfy({ $0.count == rows }) else {
      throw ColumnError("runs or columns of other lengths than the \(rows) rows of a block")
    }
    self.init(runs: runs, timestamps: times, versions: versions, columns: columns)
  }
}
