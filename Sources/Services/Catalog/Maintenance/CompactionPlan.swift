import Iceberg
import Values

/// Which data files of a table become larger ones: small Parquet files of one partition, and those of
/// whose rows some are deleted.
struct CompactionPlan {
  /// Each becomes one file.
  private(set) var groups: [[FileScanTask]] = []
  /// All files of the snapshot, and the deletes that apply to them.
  let scan: ScanPlan
  let columns: CompactionColumns
  /// Rows have ids, which they keep.
  let keepsRowIDs: Bool
  let targetBytes: Int64

  /// Files are read and written as a whole in memory.
  static let targetBytesMax: Int64 = 128 << 20
  static let filesMin = 2
  static let filesMax = 1000

  init(_ metadata: TableMetadata, _ schema: Schema, _ plan: ScanPlan) throws(IcebergError) {
    self.scan = plan
    self.keepsRowIDs = metadata.formatVersion > 2
    self.columns = try CompactionColumns(schema)
    let target = metadata.properties["write.target-file-size-bytes"].flatMap { Int64($0) }
    self.targetBytes = min(Self.targetBytesMax, max(1 << 20, target ?? 512 << 20))
    let columns = self.columns
    let small = plan.tasks.filter { task in
      let size = task.file.fileSizeInBytes
      let isWorthIt =
        size < self.targetBytes / 4 * 3
        || !task.deletePositions.isEmpty && size <= Self.targetBytesMax
      return isWorthIt && task.file.format == .parquet && task.file.keyMetadata == nil
        && task.deletePositions.allSatisfy { Self.canApply(plan.deleteFiles[$0], columns) }
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
    return bins.filter { $0.count >= Self.filesMin || $0.contains { !$0.deletePositions.isEmpty } }
  }

  private static func canApply(_ delete: DataFile, _ columns: CompactionColumns) -> Bool {
    guard delete.keyMetadata == nil, delete.fileSizeInBytes <= Self.targetBytesMax else {
      return false
    }
    switch delete.content {
    case .data: return false
    case .positionDeletes: return delete.isDeletionVector || delete.format == .parquet
    case .equalityDeletes:
      // By columns at the top that are there still.
      let ids = delete.equalityIDs ?? []
      return delete.format == .parquet && !ids.isEmpty
        && ids.allSatisfy { columns.name(of: $0) != nil }
    }
  }

  /// Delete files that apply to nothing any more once `gone` have been replaced.
  func appliedDeletes(replacing gone: Set<String>) -> [DataFile] {
    var isNeeded = [Bool](repeating: false, count: self.scan.deleteFiles.count)
    var wasUsed = isNeeded
    for task in self.scan.tasks {
      for place in task.deletePositions {
        wasUsed[place] = true
        if !gone.contains(task.file.path) { isNeeded[place] = true }
      }
    }
    return self.scan.deleteFiles.indices.filter { wasUsed[$0] && !isNeeded[$0] }
      .map { self.scan.deleteFiles[$0] }
  }

  var files: [DataFile] { self.groups.flatMap { $0.map(\.file) } }
}
