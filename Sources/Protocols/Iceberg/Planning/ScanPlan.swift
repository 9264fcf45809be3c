/// A data file to read, with what to do to its rows.
public struct FileScanTask: Hashable, Sendable {
  public var file: DataFile
  public var sequenceNumber: Int64?
  /// Positions in the plan's delete files.
  public var deletePositions: [Int]
  /// What of the filter the rows must still be checked for.
  public var residual: BoundExpression
}

/// The files of a scan.
public struct ScanPlan: Sendable {
  public var tasks: [FileScanTask] = []
  public var deleteFiles: [DataFile] = []
  /// What the work was, for metrics.
  public var skippedFileCount = 0
  private var positions: [Int: Int] = [:]

  public init() {}

  mutating func add(
    _ entry: ManifestEntry, deletes: [DeleteFileIndex.Delete], _ residual: BoundExpression
  ) {
    var places: [Int] = []
    for delete in deletes {
      if let place = self.positions[delete.position] {
        places.append(place)
      } else {
        self.positions[delete.position] = self.deleteFiles.count
        places.append(self.deleteFiles.count)
        self.deleteFiles.append(delete.file)
      }
    }
    self.tasks.append(
      FileScanTask(
        file: entry.file, sequenceNumber: entry.sequenceNumber, deletePositions: places,
        residual: residual))
  }
}
