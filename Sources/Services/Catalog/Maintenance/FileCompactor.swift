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
    var file: ParquetFile
  }

  /// The rows of `inputs` as one file. Nil when a file cannot be read by the ids of its columns: then its
  /// rows would be lost, and nothing is to be done.
  ///
  /// - Parameter needed: columns that every file must have itself.
  func compact(
    _ inputs: [[UInt8]], _ columns: [CompactionColumn], needed: Set<Int>, name: String
  ) async throws -> Output? {
    var paths: [String] = []
    do {
      for (number, bytes) in inputs.enumerated() {
        let path = "\(self.folder)/\(name)-\(number).parquet"
        paths.append(path)
        try await self.scratch.write(bytes, to: "file://\(path)")
      }
      let output = try await self.run(paths, columns, needed, "\(self.folder)/\(name).parquet")
      try await self.remove(paths + ["\(self.folder)/\(name).parquet"])
      return output
    } catch {
      try? await self.remove(paths + ["\(self.folder)/\(name).parquet"])
      throw error
    }
  }

  private func remove(_ paths: [String]) async throws {
    _ = try await self.scratch.delete(paths.map { "file://\($0)" })
  }

  private func run(
    _ paths: [String], _ columns: [CompactionColumn], _ needed: Set<Int>, _ output: String
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
    for path in paths {
      guard let ids = try await Self.columnIDs(of: path, session), needed.isSubset(of: ids) else {
        return nil
      }
    }
    let options = ParquetOptions { options in
      options.fieldIDs = columns.map { ParquetOptions.FieldID($0.name, $0.id) }
    }
    let written = try await session.writeParquet(Self.query(paths, columns), to: output, options)
    guard let file = written.first, written.count == 1 else { return nil }
    let bytes = try await self.scratch.read(
      "file://\(output)", limit: Int(CompactionPlan.targetBytesMax) * 4)
    return Output(bytes: bytes, file: file)
  }

  private static func query(_ paths: [String], _ columns: [CompactionColumn]) -> String {
    let entries = columns.map { column in
      "\(column.id): {name: \(quoted(literal: column.name)), "
        + "type: \(quoted(literal: column.word)), default_value: NULL}"
    }
    let names = columns.map { quoted(identifier: $0.name) }
    return "SELECT \(names.joined(separator: ", ")) FROM read_parquet(["
      + paths.map { quoted(literal: $0) }.joined(separator: ", ") + "], schema = MAP {"
      + entries.joined(separator: ", ") + "})"
  }

  /// The ids of a file's columns; nil when one has none.
  private static func columnIDs(
    of path: String, _ session: Session
  ) async throws -> Set<Int>? {
    let rows = try await session.query(
      """
      SELECT coalesce(field_id, -1)::BIGINT FROM parquet_schema(\(quoted(literal: path)))
        WHERE coalesce(num_children, 0) = 0
      """)
    var ids: Set<Int> = []
    while let chunk = try await rows.next() {
      for row in 0..<chunk.rowCount { ids.insert(Int(chunk.column(0).values(of: Int64.self)[row])) }
    }
    return ids.contains(-1) ? nil : ids
  }
}

extension DataFile {
  /// A file that was written, with the metrics that the engine tells.
  init(
    _ output: ParquetFile, at path: String, like file: DataFile, _ columns: [CompactionColumn]
  ) {
    self.init(
      path: path, specID: file.specID, partition: file.partition,
      recordCount: Int64(output.rowCount), fileSizeInBytes: Int64(output.byteCount))
    let byName = Dictionary(columns.map { ($0.name, $0) }) { first, _ in first }
    var (sizes, values, nulls) = (ColumnCounts(), ColumnCounts(), ColumnCounts())
    var (lower, upper) = (ColumnBounds(), ColumnBounds())
    let known = output.columns.compactMap { column in
      column.path.count == 1 ? byName[column.path[0]].map { (column, $0) } : nil
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
