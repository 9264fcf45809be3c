extension SnapshotSummary {
  /// The summary of a snapshot that adds and removes files on top of another.
  ///
  /// Totals go on from those of the parent; without a parent they begin at 0, and with one that has no
  /// totals they are left out.
  public static func counting(
    _ operation: Operation, added: [DataFile], removed: [DataFile], parent: SnapshotSummary?,
    hasParent: Bool
  ) -> SnapshotSummary {
    let (plus, minus) = (FileCounts(added), FileCounts(removed))
    var entries: [Entry] = []
    func note(_ name: String, _ value: Int64) {
      if value > 0 { entries.append(Entry(name, String(value))) }
    }
    note("added-data-files", plus.dataFiles)
    note("deleted-data-files", minus.dataFiles)
    note("added-delete-files", plus.deleteFiles)
    note("removed-delete-files", minus.deleteFiles)
    note("added-position-delete-files", plus.positionDeleteFiles)
    note("removed-position-delete-files", minus.positionDeleteFiles)
    note("added-dvs", plus.vectors)
    note("removed-dvs", minus.vectors)
    note("added-equality-delete-files", plus.equalityDeleteFiles)
    note("removed-equality-delete-files", minus.equalityDeleteFiles)
    note("added-records", plus.records)
    note("deleted-records", minus.records)
    note("added-files-size", plus.bytes)
    note("removed-files-size", minus.bytes)
    note("added-position-deletes", plus.positionDeletes)
    note("removed-position-deletes", minus.positionDeletes)
    note("added-equality-deletes", plus.equalityDeletes)
    note("removed-equality-deletes", minus.equalityDeletes)
    note("changed-partition-count", Int64(Set((added + removed).map(PartitionOfFile.init)).count))
    func total(_ name: String, _ gained: Int64, _ lost: Int64) {
      let before = hasParent ? parent?[name].flatMap { Int64($0) } : 0
      guard let before else { return }
      entries.append(Entry(name, String(max(0, before &+ gained &- lost))))
    }
    total("total-records", plus.records, minus.records)
    total("total-files-size", plus.bytes, minus.bytes)
    total("total-data-files", plus.dataFiles, minus.dataFiles)
    total("total-delete-files", plus.deleteFiles, minus.deleteFiles)
    total("total-position-deletes", plus.positionDeletes, minus.positionDeletes)
    total("total-equality-deletes", plus.equalityDeletes, minus.equalityDeletes)
    return SnapshotSummary(operation, entries)
  }
}

private struct PartitionOfFile: Hashable {
  let specID: Int
  let values: PartitionValues

  init(_ file: DataFile) {
    self.specID = file.specID
    self.values = file.partition
  }
}

private struct FileCounts {
  var dataFiles: Int64 = 0
  var positionDeleteFiles: Int64 = 0
  var vectors: Int64 = 0
  var equalityDeleteFiles: Int64 = 0
  var records: Int64 = 0
  var positionDeletes: Int64 = 0
  var equalityDeletes: Int64 = 0
  var bytes: Int64 = 0

  var deleteFiles: Int64 { self.positionDeleteFiles + self.vectors + self.equalityDeleteFiles }

  init(_ files: [DataFile]) {
    for file in files {
      // Vectors share a file; each counts its own part of it.
      self.bytes &+= file.isDeletionVector ? file.contentSizeInBytes ?? 0 : file.fileSizeInBytes
      switch file.content {
      case .data:
        self.dataFiles += 1
        self.records &+= file.recordCount
      case .positionDeletes:
        if file.isDeletionVector { self.vectors += 1 } else { self.positionDeleteFiles += 1 }
        self.positionDeletes &+= file.recordCount
      case .equalityDeletes:
        self.equalityDeleteFiles += 1
        self.equalityDeletes &+= file.recordCount
      }
    }
  }
}
