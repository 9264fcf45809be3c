import Columnar
import Iceberg
import Runtime
import Values

/// Copies rows of Parquet files into one, by the ids of their columns, on the column engine.
///
/// The engine sees a scratch folder only: files come from the warehouse's storage and go back by it, so that
/// its rules hold and every storage will do.
final class FileCompactor: Sendable {
  private let scratch: FileStorage
  private let folder: String

  /// - Parameter folder: of this process; what is in it is nobody else's.
  init(folder: String, disk: any Disk, pool: BlockingPool) throws(IcebergError) {
    self.folder = folder
    self.scratch = FileStorage(
      root: try Location(parsing: "file://\(folder)"), disk: disk, pool: pool)
  }

  /// What is there when one begins is of a process that has ended.
  func clear() async {
    while let page = try? await self.scratch.files(
      below: "file://\(self.folder)", after: nil, limit: 1000),
      !page.isEmpty
    {
      guard let failed = try? await self.scratch.delete(page.map(\.location)), failed.isEmpty else {
        return
      }
    }
  }

  struct Output: Sendable {
    var bytes: [UInt8]
    /// Nil when no row is left.
    var file: ParquetFile?
    /// Rows that were read and not copied.
    var deletedCount: Int64
  }

  /// A data file, and what is deleted in it.
  struct Input: Sendable {
    var bytes: [UInt8]
    /// As position deletes name it.
    var path: String
    var recordCount: Int64
    /// Of tables whose rows have ids: that of the first row, and the age of rows that do not say theirs.
    var firstRowID: Int64?
    var sequenceNumber: Int64?
    var deletes: [Delete] = []
  }

  enum Delete: Sendable {
    /// Positions, a line each.
    case positions([UInt8])
    /// A Parquet file of paths and positions.
    case rows([UInt8])
    /// A Parquet file of values of these columns.
    case values([UInt8], ids: [Int])
  }

  /// The rows of `inputs` as one file. Nil when a file cannot be read by the ids of its fields: then rows
  /// would be lost, and nothing is to be done.
  ///
  /// - Parameter needed: columns that every file must have itself.
  func compact(
    _ inputs: [Input], _ columns: CompactionColumns, needed: Set<Int>, keepsRowIDs: Bool,
    name: String
  ) async throws -> Output? {
    let scratch = Scratch(folder: self.folder, name: name, storage: self.scratch)
    do {
      var queries = CompactionQueries(columns, keepsRowIDs: keepsRowIDs)
      for input in inputs { try await queries.add(input, in: scratch) }
      let output = try await self.run(queries, inputs, needed, scratch)
      try await scratch.clear()
      return output
    } catch {
      try? await scratch.clear()
      throw error
    }
  }

  private func run(
    _ queries: CompactionQueries, _ inputs: [Input], _ needed: Set<Int>, _ scratch: Scratch
  ) async throws -> Output? {
    let folder = self.folder
    let database = try Database(
      DatabaseOptions {
        $0.threads = 1
        $0.memoryBytesMax = 512 << 20
        $0.temporaryPath = folder
      })
    let session = try database.session(name: "compact")
    defer { session.close() }
    var names: [[Int: String]] = []
    for path in queries.inputs {
      let fields = try await FileFields(of: path, session)
      guard fields.canBeRead(as: queries.columns, needed: needed) else { return nil }
      names.append(fields.names)
    }
    let target = scratch.place("out.parquet")
    let options = ParquetOptions { $0.fieldIDs = queries.fieldIDs }
    let written = try await session.writeParquet(queries.text(names), to: target, options)
    guard let file = written.first, written.count == 1 else { return nil }
    let read = inputs.reduce(Int64(0)) { $0 + $1.recordCount }
    let deleted = read - Int64(file.rowCount)
    let hasDeletes = inputs.contains { !$0.deletes.isEmpty }
    guard deleted == 0 || deleted > 0 && hasDeletes else {
      throw IcebergError(
        .corrupted, "\(read) rows were to be copied, and \(file.rowCount) were read")
    }
    guard file.rowCount > 0 else { return Output(bytes: [], file: nil, deletedCount: deleted) }
    let bytes = try await self.scratch.read(
      "file://\(target)", limit: Int(CompactionPlan.targetBytesMax) * 4)
    return Output(bytes: bytes, file: file, deletedCount: deleted)
  }
}

extension DataFile {
  /// A file that was written, with the metrics that the engine tells.
  init(
    _ output: ParquetFile, at path: String, like file: DataFile, _ columns: CompactionColumns
  ) {
    self.init(
      path: path, specID: file.specID, partition: file.partition,
      recordCount: Int64(output.rowCount), fileSizeInBytes: Int64(output.byteCount))
    let byPath = Dictionary(columns.measured.map { ($0.path, $0) }) { first, _ in first }
    var (sizes, values, nulls) = (ColumnCounts(), ColumnCounts(), ColumnCounts())
    var (lower, upper) = (ColumnBounds(), ColumnBounds())
    let known = output.columns.compactMap { column in
      byPath[column.path].map { (column, $0) }
    }
    for (column, field) in known.sorted(by: { $0.1.id < $1.1.id }) {
      sizes.append(Int64(column.byteCount), for: field.id)
      values.append(Int64(column.valueCount), for: field.id)
      nulls.append(Int64(column.nullCount), for: field.id)
      if let value = column.lower?.value.flatMap({ Literal($0, as: field.type) }) {
        lower.append(value, for: field.id)
      }
      if let value = column.upper?.value.flatMap({ Literal($0, as: field.type) }) {
        upper.append(value, for: field.id)
      }
    }
    self.columnSizes = sizes
    self.valueCounts = values
    self.nullValueCounts = nulls
    self.lowerBounds = lower
    self.upperBounds = upper
  }
}

extension Literal {
  /// A bound of the engine as one of a manifest; nil when the two do not fit, and then there is none.
  init?(_ value: ParquetValue, as type: PrimitiveType) {
    switch (value, type) {
    case (.boolean(let value), .boolean): self = .boolean(value)
    case (.integer(let value), .int):
      guard let value = Int32(exactly: value) else { return nil }
      self = .int(value)
    case (.integer(let value), .long):
      guard let value = Int64(exactly: value) else { return nil }
      self = .long(value)
    case (.double(let value), .float): self = .float(Float(value))
    case (.double(let value), .double): self = .double(value)
    case (.decimal(let value, let scale), .decimal(_, let wanted)) where scale == wanted:
      self = .decimal(DecimalNumber(unscaled: value, scale: scale))
    case (.date(let value), .date): self = .date(value)
    case (.time(let value), .time): self = .time(value)
    case (.timestamp(let value), .timestamp): self = .timestamp(value)
    case (.instant(let value), .timestamptz): self = .timestamptz(value)
    case (.text(let value), .string): self = .string(value)
    case (.blob(let value), .binary): self = .binary(value)
    default: return nil
    }
  }
}
