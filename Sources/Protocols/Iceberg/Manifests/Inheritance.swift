/// Fills in what entries leave to their manifest: the snapshot, the sequence numbers, the first row id.
struct Inheritance {
  private let manifest: ManifestFile?
  private var nextRowID: Int64?

  init(_ manifest: ManifestFile?) {
    self.manifest = manifest
    self.nextRowID = manifest?.content == .data ? manifest?.firstRowID : nil
  }

  mutating func apply(to entry: inout ManifestEntry) throws(IcebergError) {
    guard let manifest = self.manifest else { return }
    if entry.snapshotID == nil { entry.snapshotID = manifest.addedSnapshotID }
    // A file of version 1 has no numbers: they are 0, as the manifest's own is.
    if entry.status == .added || manifest.sequenceNumber == 0 {
      if entry.sequenceNumber == nil { entry.sequenceNumber = manifest.sequenceNumber }
      if entry.fileSequenceNumber == nil { entry.fileSequenceNumber = manifest.sequenceNumber }
    }
    guard let next = self.nextRowID, entry.file.content == .data, entry.status != .deleted,
      entry.file.firstRowID == nil
    else { return }
    entry.file.firstRowID = next
    let (sum, overflow) = next.addingReportingOverflow(entry.file.recordCount)
    guard !overflow else {
      throw IcebergError(
        .corrupted, "the row ids of manifest \(quoted(manifest.path)) do not fit 64 bits")
    }
    self.nextRowID = sum
  }
}
