import Iceberg
import Values

/// Which data files of a table become larger ones: small Parquet files of one partition to which no
/// delete applies, so that their rows can be copied as they are.
struct CompactionPlan {
  /// Each becomes one file.
  private(set) var groups: [[FileScanTask]] = []
  let columns: [CompactionColumn]
  let targetBytes: Int64

  /// Files are read and written as a whole in memory.
  static let targetBytesMax: Int64 = 128 << 20
  static let filesMin = 2
  static let filesMax = 1000

  init(_ metadata: TableMetadata, _ schema: Schema, _ plan: ScanPlan) throws(IcebergError) {
    guard metadata.formatVersion < 3 else {
      throw IcebergError(
        .unsupported, "files of version 3 are not compacted here: their rows would get other ids")
    }
    self.columns = try CompactionColumn.columns(of: schema)
    let target = metadata.properties["write.target-file-size-bytes"].flatMap { Int64($0) }
    self.targetBytes = min(Self.targetBytesMax, max(1 << 20, target ?? 512 << 20))
    let small = plan.tasks.filter { task in
      task.deletePositions.isEmpty && task.file.format == .parquet
        && task.file.keyMetadata == nil && task.file.fileSizeInBytes < self.targetBytes / 4 * 3
    }
    let byPlace = Dictionary(grouping: small) { Place($0.file) }
    for (_, tasks) in byPlace {
      // In the order in which they came, so that rows of a time stay together.
      let ordered = tasks.sorted { left, right in
        (left.sequenceNumber ?? 0, left.file.path) < (right.sequenceNumber ?? 0, right.file.path)
      }
      self.groups += Self.bins(ordered, self.targetBytes)
    }
    self.groups.sort { $0[0].file.path < $1[0].file.path }
  }

  private struct Place: Hashable {
    var specID: Int
    var partition: PartitionValues

    init(_ file: DataFile) {
      self.specID = file.specID
      self.partition = file.partition
    }
  }

  private static func bins(_ tasks: [FileScanTask], _ target: Int64) -> [[FileScanTask]] {
    var bins: [[FileScanTask]] = []
    var bin: [FileScanTask] = []
    var byteCount: Int64 = 0
    for task in tasks {
      if byteCount + task.file.fileSizeInBytes > target || bin.count == Self.filesMax {
        bins.append(bin)
        bin = []
        byteCount = 0
      }
      bin.append(task)
      byteCount += task.file.fileSizeInBytes
    }
    bins.append(bin)
    return bins.filter { $0.count >= Self.filesMin }
  }

  var files: [DataFile] { self.groups.flatMap { $0.map(\.file) } }
}

/// A column of the files that are written.
struct CompactionColumn: Sendable {
  var id: Int
  var name: String
  var type: PrimitiveType
  /// What the column engine calls the type.
  var word: String

  static func columns(of schema: Schema) throws(IcebergError) -> [CompactionColumn] {
    var columns: [CompactionColumn] = []
    for field in schema.fields {
      guard let type = field.type.primitive, let word = Self.word(type) else {
        throw IcebergError(
          .unsupported,
          "column \(field.name.prefix(200).debugDescription) is of a type that is not compacted "
            + "here")
      }
      columns.append(CompactionColumn(id: field.id, name: field.name, type: type, word: word))
    }
    return columns
  }

  private static func word(_ type: PrimitiveType) -> String? {
    switch type {
    case .boolean: "BOOLEAN"
    case .int: "INTEGER"
    case .long: "BIGINT"
    case .float: "FLOAT"
    case .double: "DOUBLE"
    case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
    case .date: "DATE"
    case .time: "TIME"
    case .timestamp: "TIMESTAMP"
    case .timestamptz: "TIMESTAMP WITH TIME ZONE"
    case .string: "VARCHAR"
    case .uuid: "UUID"
    case .binary: "BLOB"
    case .fixed, .timestampNanos, .timestamptzNanos, .unknown, .variant, .geometry, .geography: nil
    }
  }
}
