private import Avro
public import Bytes

/// Writes a manifest list, and gives new manifests what they get from the snapshot: its sequence number,
/// and in version 3 the row ids of their files.
public struct ManifestListWriter: ~Copyable {
  private var file: AvroFileWriter
  private let formatVersion: Int
  private let snapshotID: Int64
  private let sequenceNumber: Int64
  /// The row id that the next data manifest gets; after all, the table's `next-row-id`.
  public private(set) var nextRowID: Int64

  /// - Parameter firstRowID: the table's `next-row-id`; used in version 3.
  public init(
    formatVersion: Int, snapshotID: Int64, parentID: Int64?, sequenceNumber: Int64,
    firstRowID: Int64 = 0, sync: UInt128, compression: ManifestCompression = .deflate
  ) throws(IcebergError) {
    guard (1...IcebergLimits.formatVersionMax).contains(formatVersion) else {
      throw IcebergError(.unsupported, "manifest lists of v\(formatVersion) are not written")
    }
    self.formatVersion = formatVersion
    self.snapshotID = snapshotID
    self.sequenceNumber = formatVersion > 1 ? sequenceNumber : 0
    self.nextRowID = firstRowID
    var metadata = [
      ("snapshot-id", String(snapshotID)),
      ("parent-snapshot-id", parentID.map { String($0) } ?? "null"),
    ]
    if formatVersion > 1 { metadata.append(("sequence-number", String(sequenceNumber))) }
    if formatVersion > 2 { metadata.append(("first-row-id", String(firstRowID))) }
    metadata.append(("format-version", String(formatVersion)))
    self.file = AvroFileWriter(
      schema: ManifestListSchema.file(formatVersion: formatVersion), metadata: metadata,
      codec: compression.codec, level: compression.level, sync: sync)
  }

  /// Adds a manifest of this snapshot or of one before.
  ///
  /// - Returns: the manifest as it was written.
  @discardableResult
  public mutating func add(_ manifest: ManifestFile) throws(IcebergError) -> ManifestFile {
    var manifest = manifest
    if manifest.sequenceNumber == ManifestFile.unassignedSequenceNumber {
      guard manifest.addedSnapshotID == self.snapshotID else {
        throw .validation(
          "manifest \(quoted(manifest.path)) has no sequence number and is of snapshot "
            + "\(manifest.addedSnapshotID), not \(self.snapshotID)")
      }
      manifest.sequenceNumber = self.sequenceNumber
    }
    if manifest.minSequenceNumber == ManifestFile.unassignedSequenceNumber {
      manifest.minSequenceNumber = manifest.sequenceNumber
    }
    if self.formatVersion > 2, manifest.content == .data, manifest.firstRowID == nil {
      try self.assignRows(&manifest)
    }
    self.encode(manifest)
    do { try self.file.endItem() } catch { throw IcebergError(error) }
    return manifest
  }

  private mutating func assignRows(_ manifest: inout ManifestFile) throws(IcebergError) {
    guard let existing = manifest.existingRowsCount, let added = manifest.addedRowsCount else {
      throw .validation(
        "manifest \(quoted(manifest.path)) does not say how many rows it has, so they get no ids")
    }
    manifest.firstRowID = self.nextRowID
    let (rows, overflow) = existing.addingReportingOverflow(added)
    let (next, carry) = self.nextRowID.addingReportingOverflow(rows)
    guard !overflow, !carry, rows >= 0 else {
      throw .validation("the row ids of manifest \(quoted(manifest.path)) do not fit 64 bits")
    }
    self.nextRowID = next
  }

  private mutating func encode(_ manifest: ManifestFile) {
    let version = self.formatVersion
    self.file.items.append(avroString: manifest.path)
    self.file.items.append(avroLong: manifest.length)
    self.file.items.append(avroLong: Int64(manifest.specID))
    if version > 1 {
      self.file.items.append(avroLong: Int64(manifest.content.rawValue))
      self.file.items.append(avroLong: manifest.sequenceNumber)
      self.file.items.append(avroLong: manifest.minSequenceNumber)
    }
    self.file.items.append(avroLong: manifest.addedSnapshotID)
    let counts: [Int64?] = [
      manifest.addedFilesCount.map(Int64.init), manifest.existingFilesCount.map(Int64.init),
      manifest.deletedFilesCount.map(Int64.init), manifest.addedRowsCount,
      manifest.existingRowsCount, manifest.deletedRowsCount,
    ]
    for count in counts {
      if version == 1 {
        self.file.items.append(optional: count)
      } else {
        self.file.items.append(avroLong: count ?? 0)
      }
    }
    self.encode(manifest.partitions)
    self.file.items.append(optional: manifest.keyMetadata)
    if version > 2 { self.file.items.append(optional: manifest.firstRowID) }
  }

  private mutating func encode(_ partitions: [ManifestFile.FieldSummary]?) {
    guard let partitions else { return self.file.items.append(avroLong: 0) }
    self.file.items.append(avroLong: 1)
    if !partitions.isEmpty { self.file.items.append(avroLong: Int64(partitions.count)) }
    for summary in partitions {
      self.file.items.append(avroBoolean: summary.containsNull)
      self.file.items.append(avroLong: summary.containsNaN == nil ? 0 : 1)
      if let containsNaN = summary.containsNaN { self.file.items.append(avroBoolean: containsNaN) }
      self.file.items.append(optional: summary.lowerBound)
      self.file.items.append(optional: summary.upperBound)
    }
    self.file.items.append(avroLong: 0)
  }

  public consuming func finish() throws(IcebergError) -> ByteWriter {
    do { return try self.file.finish() } catch { throw IcebergError(error) }
  }
}
