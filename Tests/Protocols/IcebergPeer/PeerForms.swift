import Bytes
import Iceberg
import JSON

/// Entries and manifests in JSON, under the names that manifests give their fields.
enum PeerForms {
  static func encode(_ entry: ManifestEntry, to json: inout JSONWriter) {
    json.object { json in
      json.member("status", entry.status.rawValue)
      json.member("snapshot_id", entry.snapshotID)
      json.member("sequence_number", entry.sequenceNumber)
      json.member("file_sequence_number", entry.fileSequenceNumber)
      json.member("data_file") { json in self.encode(entry.file, to: &json) }
    }
  }

  private static func encode(_ file: DataFile, to json: inout JSONWriter) {
    json.object { json in
      json.member("content", file.content.rawValue)
      json.member("file_path", file.path)
      json.member("file_format", file.format.rawValue.uppercased())
      json.member("partition", file.partition.values)
      json.member("record_count", file.recordCount)
      json.member("file_size_in_bytes", file.fileSizeInBytes)
      json.member("column_sizes", file.columnSizes.map(self.pairs))
      json.member("value_counts", file.valueCounts.map(self.pairs))
      json.member("null_value_counts", file.nullValueCounts.map(self.pairs))
      json.member("nan_value_counts", file.nanValueCounts.map(self.pairs))
      json.member("lower_bounds", file.lowerBounds.map(self.pairs))
      json.member("upper_bounds", file.upperBounds.map(self.pairs))
      json.member("key_metadata", file.keyMetadata.map { Hexadecimal.text(of: $0.rawBytes) })
      json.member("split_offsets", file.splitOffsets)
      json.member("equality_ids", file.equalityIDs)
      json.member("sort_order_id", file.sortOrderID)
      json.member("first_row_id", file.firstRowID)
      json.member("referenced_data_file", file.referencedDataFile)
      json.member("content_offset", file.contentOffset)
      json.member("content_size_in_bytes", file.contentSizeInBytes)
    }
  }

  private static func pairs(_ counts: ColumnCounts) -> [[Int64]] {
    counts.entries.map { [Int64($0.fieldID), $0.count] }
  }

  private static func pairs(_ bounds: ColumnBounds) -> [JSONValue] {
    bounds.entries.map {
      let bytes = bounds.bytes(of: $0)
      return [.integer($0.fieldID), .string(Hexadecimal.text(of: bytes.rawBytes))]
    }
  }

  static func encode(_ manifest: ManifestFile, to json: inout JSONWriter) {
    json.object { json in
      json.member("manifest_path", manifest.path)
      json.member("manifest_length", manifest.length)
      json.member("partition_spec_id", manifest.specID)
      json.member("content", manifest.content.rawValue)
      json.member("sequence_number", manifest.sequenceNumber)
      json.member("min_sequence_number", manifest.minSequenceNumber)
      json.member("added_snapshot_id", manifest.addedSnapshotID)
      json.member("added_files_count", manifest.addedFilesCount)
      json.member("existing_files_count", manifest.existingFilesCount)
      json.member("deleted_files_count", manifest.deletedFilesCount)
      json.member("added_rows_count", manifest.addedRowsCount)
      json.member("existing_rows_count", manifest.existingRowsCount)
      json.member("deleted_rows_count", manifest.deletedRowsCount)
      json.member("partitions", manifest.partitions.map { $0.map(self.summary) })
      json.member("key_metadata", manifest.keyMetadata.map { Hexadecimal.text(of: $0.rawBytes) })
      json.member("first_row_id", manifest.firstRowID)
    }
  }

  private static func summary(_ summary: ManifestFile.FieldSummary) -> JSONValue {
    func text(_ bytes: [UInt8]?) -> JSONValue {
      bytes.map { .string(Hexadecimal.text(of: $0.rawBytes)) } ?? .null
    }
    return [
      .boolean(summary.containsNull), summary.containsNaN.map(JSONValue.boolean) ?? .null,
      text(summary.lowerBound), text(summary.upperBound),
    ]
  }
}

/// Reading.
extension PeerForms {
  static func entry(
    _ json: JSONCursor, _ types: [PrimitiveType?], specID: Int
  ) throws -> ManifestEntry {
    guard let member = json.member("data_file"),
      let status = ManifestEntry.Status(rawValue: try json.decode("status"))
    else { throw IcebergError(.badRequest, "an entry has a status and a file") }
    return ManifestEntry(
      status, try self.file(member, types, specID: specID),
      snapshotID: try json.decodeIfPresent("snapshot_id"),
      sequenceNumber: try json.decodeIfPresent("sequence_number"),
      fileSequenceNumber: try json.decodeIfPresent("file_sequence_number"))
  }

  static func file(
    _ json: JSONCursor, _ types: [PrimitiveType?], specID: Int
  ) throws -> DataFile {
    var values: [Literal?] = []
    for (value, type) in zip(try json.decode("partition", as: [JSONValue].self), types) {
      values.append(value.isNull ? nil : try Literal(json: value, as: type ?? .unknown))
    }
    var file = DataFile(
      content: DataFile.Content(rawValue: try json.decode("content")) ?? .data,
      path: try json.decode("file_path"),
      format: DataFile.Format(
        rawValue: try json.decode("file_format", as: String.self).lowercased()) ?? .parquet,
      specID: specID, partition: PartitionValues(values),
      recordCount: try json.decode("record_count"),
      fileSizeInBytes: try json.decode("file_size_in_bytes"))
    file.columnSizes = try self.counts(json, "column_sizes")
    file.valueCounts = try self.counts(json, "value_counts")
    file.nullValueCounts = try self.counts(json, "null_value_counts")
    file.nanValueCounts = try self.counts(json, "nan_value_counts")
    file.lowerBounds = try self.bounds(json, "lower_bounds")
    file.upperBounds = try self.bounds(json, "upper_bounds")
    file.keyMetadata = try self.bytes(json, "key_metadata")
    file.splitOffsets = try json.decodeIfPresent("split_offsets")
    file.equalityIDs = try json.decodeIfPresent("equality_ids")
    file.sortOrderID = try json.decodeIfPresent("sort_order_id")
    file.firstRowID = try json.decodeIfPresent("first_row_id")
    file.referencedDataFile = try json.decodeIfPresent("referenced_data_file")
    file.contentOffset = try json.decodeIfPresent("content_offset")
    file.contentSizeInBytes = try json.decodeIfPresent("content_size_in_bytes")
    return file
  }

  private static func bytes(_ json: JSONCursor, _ name: StaticString) throws -> [UInt8]? {
    try json.decodeIfPresent(name, as: String.self).flatMap { Hexadecimal.bytes(of: $0) }
  }

  private static func counts(_ json: JSONCursor, _ name: StaticString) throws -> ColumnCounts? {
    guard let pairs = try json.decodeIfPresent(name, as: [[Int64]].self) else { return nil }
    var counts = ColumnCounts()
    for pair in pairs { counts.append(pair[1], for: Int(pair[0])) }
    return counts
  }

  private static func bounds(_ json: JSONCursor, _ name: StaticString) throws -> ColumnBounds? {
    guard let pairs = try json.decodeIfPresent(name, as: [JSONValue].self) else { return nil }
    var bounds = ColumnBounds()
    for pair in pairs {
      guard let id = pair[0]?.int64,
        let bytes = (pair[1]?.string).flatMap({ Hexadecimal.bytes(of: $0) })
      else { continue }
      bounds.append(bytes.rawBytes, for: Int(id))
    }
    return bounds
  }

  static func manifest(_ json: JSONCursor) throws -> ManifestFile {
    var manifest = ManifestFile(
      path: try json.decode("manifest_path"), length: try json.decode("manifest_length"),
      specID: try json.decode("partition_spec_id"),
      content: ManifestFile.Content(rawValue: try json.decode("content")) ?? .data,
      sequenceNumber: try json.decode("sequence_number"),
      minSequenceNumber: try json.decode("min_sequence_number"),
      addedSnapshotID: try json.decode("added_snapshot_id"))
    manifest.addedFilesCount = try json.decodeIfPresent("added_files_count")
    manifest.existingFilesCount = try json.decodeIfPresent("existing_files_count")
    manifest.deletedFilesCount = try json.decodeIfPresent("deleted_files_count")
    manifest.addedRowsCount = try json.decodeIfPresent("added_rows_count")
    manifest.existingRowsCount = try json.decodeIfPresent("existing_rows_count")
    manifest.deletedRowsCount = try json.decodeIfPresent("deleted_rows_count")
    manifest.keyMetadata = try self.bytes(json, "key_metadata")
    manifest.firstRowID = try json.decodeIfPresent("first_row_id")
    if let summaries = try json.decodeIfPresent("partitions", as: [JSONValue].self) {
      manifest.partitions = summaries.map { summary in
        func bytes(_ index: Int) -> [UInt8]? {
          summary[index]?.string.flatMap { Hexadecimal.bytes(of: $0) }
        }
        return ManifestFile.FieldSummary(
          containsNull: summary[0]?.boolean ?? false, containsNaN: summary[1]?.boolean,
          lowerBound: bytes(2), upperBound: bytes(3))
      }
    }
    return manifest
  }
}
