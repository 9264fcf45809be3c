internal import Avro
internal import JSON

/// How the entries of one manifest are read: for each field of the writer's record, in its order, where
/// its value goes. Made once a file from the ids in its schema.
struct ManifestPlan {
  enum EntryStep {
    case status(AvroColumn)
    case snapshotID(AvroColumn)
    case sequenceNumber(AvroColumn)
    case fileSequenceNumber(AvroColumn)
    case dataFile
    case skip(AvroSchema)
  }

  enum FileStep {
    case number(Number, AvroColumn)
    case text(Text, AvroColumn)
    case bytes(AvroColumn)
    case partition
    case counts(Counts, AvroColumn)
    case bounds(isLower: Bool, AvroColumn)
    case splitOffsets(AvroColumn)
    case equalityIDs(AvroColumn)
    case skip(AvroSchema)
  }

  enum Number {
    case content, recordCount, fileSize, sortOrderID, firstRowID, contentOffset, contentSize
  }

  enum Text { case path, format, referencedDataFile }
  enum Counts { case sizes, values, nulls, nans }

  /// A value of the partition: where it goes in the spec's order, and its types.
  struct PartitionStep {
    let column: AvroColumn
    let written: PrimitiveType
    /// Nil for a field that the spec does not have.
    let position: Int?
    let expected: PrimitiveType
  }

  var entry: [EntryStep] = []
  var file: [FileStep] = []
  var partition: [PartitionStep] = []
  let types: AvroTypes

  init(
    _ types: AvroTypes, spec: PartitionSpec?, partitionTypes: [PrimitiveType?]
  ) throws(IcebergError) {
    self.types = types
    guard case .record(_, let fields) = types.root.shape else {
      throw IcebergError(.corrupted, "the entries of the manifest are no records")
    }
    for field in fields {
      switch field.fieldID {
      case ManifestFieldID.status: self.entry.append(.status(try Self.number(field, types)))
      case ManifestFieldID.snapshotID:
        self.entry.append(.snapshotID(try Self.number(field, types)))
      case ManifestFieldID.sequenceNumber:
        self.entry.append(.sequenceNumber(try Self.number(field, types)))
      case ManifestFieldID.fileSequenceNumber:
        self.entry.append(.fileSequenceNumber(try Self.number(field, types)))
      case ManifestFieldID.dataFile:
        self.entry.append(.dataFile)
        try self.readFile(field, spec, partitionTypes)
      default: self.entry.append(.skip(field.schema))
      }
    }
    guard !self.file.isEmpty else {
      throw IcebergError(.corrupted, "the entries of the manifest have no data_file (field 2)")
    }
  }

  private static func number(
    _ field: AvroField, _ types: AvroTypes
  ) throws(IcebergError) -> AvroColumn {
    let column = try AvroColumn(field, in: types)
    try column.expect(column.isNumber, field.fieldID ?? -1, "number")
    return column
  }

  private mutating func readFile(
    _ field: AvroField, _ spec: PartitionSpec?, _ partitionTypes: [PrimitiveType?]
  ) throws(IcebergError) {
    let record = try AvroColumn(field, in: self.types)
    guard self.file.isEmpty, record.nullIndex == nil,
      case .record(_, let fields) = record.schema.shape
    else { throw IcebergError(.corrupted, "field 2 is no record") }
    for field in fields {
      let column = try AvroColumn(field, in: self.types)
      let step = try self.step(field, column)
      if case .partition = step { try self.readPartition(column, spec, partitionTypes) }
      self.file.append(step)
    }
  }

  private static let numbers: [Int: Number] = [
    ManifestFieldID.content: .content, ManifestFieldID.recordCount: .recordCount,
    ManifestFieldID.fileSize: .fileSize, ManifestFieldID.sortOrderID: .sortOrderID,
    ManifestFieldID.firstRowID: .firstRowID, ManifestFieldID.contentOffset: .contentOffset,
    ManifestFieldID.contentSize: .contentSize,
  ]

  private static let texts: [Int: Text] = [
    ManifestFieldID.path: .path, ManifestFieldID.format: .format,
    ManifestFieldID.referencedDataFile: .referencedDataFile,
  ]

  private static let counts: [Int: Counts] = [
    ManifestFieldID.columnSizes: .sizes, ManifestFieldID.valueCounts: .values,
    ManifestFieldID.nullValueCounts: .nulls, ManifestFieldID.nanValueCounts: .nans,
  ]

  private func step(_ field: AvroField, _ column: AvroColumn) throws(IcebergError) -> FileStep {
    guard let id = field.fieldID else { return .skip(field.schema) }
    if let number = Self.numbers[id] {
      try column.expect(column.isNumber, id, "number")
      return .number(number, column)
    }
    if let text = Self.texts[id] {
      try column.expect(column.isBytes, id, "text")
      return .text(text, column)
    }
    if let counts = Self.counts[id] {
      try self.expectMap(column, id, of: \.isNumber)
      return .counts(counts, column)
    }
    switch id {
    case ManifestFieldID.partition: return .partition
    case ManifestFieldID.lowerBounds, ManifestFieldID.upperBounds:
      try self.expectMap(column, id, of: \.isBytes)
      return .bounds(isLower: id == ManifestFieldID.lowerBounds, column)
    case ManifestFieldID.keyMetadata:
      try column.expect(column.isBytes, id, "bytes")
      return .bytes(column)
    case ManifestFieldID.splitOffsets:
      try self.expectList(column, id)
      return .splitOffsets(column)
    case ManifestFieldID.equalityIDs:
      try self.expectList(column, id)
      return .equalityIDs(column)
    default: return .skip(field.schema)
    }
  }

  /// An array of pairs of a number and what `value` says.
  private func expectMap(
    _ column: AvroColumn, _ id: Int, of value: (AvroColumn) -> Bool
  ) throws(IcebergError) {
    var isMap = false
    if case .array(let element) = column.schema.shape {
      let pair = try AvroColumn(element, named: "element", in: self.types)
      if case .record(_, let fields) = pair.schema.shape, fields.count == 2, pair.nullIndex == nil {
        let columns = (
          try AvroColumn(fields[0], in: self.types), try AvroColumn(fields[1], in: self.types)
        )
        isMap =
          columns.0.isNumber && value(columns.1) && columns.0.nullIndex == nil
          && columns.1.nullIndex == nil
      }
    }
    try column.expect(isMap, id, "map from field ids")
  }

  private func expectList(_ column: AvroColumn, _ id: Int) throws(IcebergError) {
    var isList = false
    if case .array(let element) = column.schema.shape {
      let element = try AvroColumn(element, named: "element", in: self.types)
      isList = element.isNumber && element.nullIndex == nil
    }
    try column.expect(isList, id, "list of numbers")
  }

  private mutating func readPartition(
    _ column: AvroColumn, _ spec: PartitionSpec?, _ partitionTypes: [PrimitiveType?]
  ) throws(IcebergError) {
    guard case .record(_, let fields) = column.schema.shape, column.nullIndex == nil else {
      throw IcebergError(.corrupted, "field 102 is no record")
    }
    var positions: [Int: Int] = [:]
    for (position, field) in (spec?.fields ?? []).enumerated() {
      positions[field.fieldID] = position
    }
    for (index, field) in fields.enumerated() {
      let column = try AvroColumn(field, in: self.types)
      let written: PrimitiveType
      if case .null = column.schema.shape {
        written = .unknown
      } else {
        guard let type = AvroType.primitive(column.schema) else {
          throw IcebergError(
            .corrupted, "partition field \(quoted(field.name)) has no type that is known")
        }
        written = type
      }
      let position = spec == nil ? index : field.fieldID.flatMap { positions[$0] }
      let expected = position.flatMap {
        partitionTypes.indices.contains($0) ? partitionTypes[$0] : nil
      }
      self.partition.append(
        PartitionStep(
          column: column, written: written, position: position, expected: expected ?? written))
    }
  }
}
