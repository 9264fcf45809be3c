private import Bytes
internal import JSON

/// Writes planned files. Values are single values in JSON.
enum ContentFileEncoder {
  static func encode(
    _ file: DataFile, _ types: [Int: PrimitiveType], to json: inout JSONWriter
  ) {
    json.object { json in
      switch file.content {
      case .data: json.member("content", "data")
      case .positionDeletes: json.member("content", "position-deletes")
      case .equalityDeletes: json.member("content", "equality-deletes")
      }
      json.member("file-path", file.path)
      json.member("file-format", file.format.rawValue)
      json.member("spec-id", file.specID)
      json.member("partition", file.partition.values)
      json.member("file-size-in-bytes", file.fileSizeInBytes)
      json.member("record-count", file.recordCount)
      if let metadata = file.keyMetadata {
        json.member("key-metadata", Hexadecimal.text(of: metadata.rawBytes).uppercased())
      }
      json.member("split-offsets", ifPresent: file.splitOffsets)
      json.member("sort-order-id", ifPresent: file.sortOrderID)
      switch file.content {
      case .data: self.encodeMetrics(of: file, types, to: &json)
      case .positionDeletes:
        json.member("referenced-data-file", ifPresent: file.referencedDataFile)
        json.member("content-offset", ifPresent: file.contentOffset)
        json.member("content-size-in-bytes", ifPresent: file.contentSizeInBytes)
      case .equalityDeletes: json.member("equality-ids", file.equalityIDs ?? [])
      }
    }
  }

  private static func encodeMetrics(
    of file: DataFile, _ types: [Int: PrimitiveType], to json: inout JSONWriter
  ) {
    json.member("first-row-id", ifPresent: file.firstRowID)
    self.encode("column-sizes", file.columnSizes, to: &json)
    self.encode("value-counts", file.valueCounts, to: &json)
    self.encode("null-value-counts", file.nullValueCounts, to: &json)
    self.encode("nan-value-counts", file.nanValueCounts, to: &json)
    self.encode("lower-bounds", file.lowerBounds, types, to: &json)
    self.encode("upper-bounds", file.upperBounds, types, to: &json)
  }

  private static func encode(
    _ name: StaticString, _ counts: ColumnCounts?, to json: inout JSONWriter
  ) {
    guard let counts else { return }
    json.name(name)
    json.object { json in
      json.member("keys", counts.entries.map { $0.fieldID })
      json.member("values", counts.entries.map { $0.count })
    }
  }

  /// A bound whose column or value is not understood is left out.
  private static func encode(
    _ name: StaticString, _ bounds: ColumnBounds?, _ types: [Int: PrimitiveType],
    to json: inout JSONWriter
  ) {
    guard let bounds else { return }
    var keys: [Int] = []
    var values: [Literal] = []
    for entry in bounds.entries {
      let id = Int(entry.fieldID)
      guard let type = types[id], let value = bounds.literal(id, as: type) else { continue }
      keys.append(id)
      values.append(value)
    }
    json.name(name)
    json.object { json in
      json.member("keys", keys)
      json.member("values", values)
    }
  }
}
