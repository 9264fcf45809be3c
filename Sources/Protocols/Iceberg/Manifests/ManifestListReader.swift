private import Avro
private import Bytes

/// Reads manifest lists of every version.
public enum ManifestListReader {
  /// The manifests, in the order of the file.
  public static func manifests(_ bytes: RawSpan) throws(IcebergError) -> [ManifestFile] {
    do throws(AvroError) {
      var file = try AvroFileReader(bytes, limits: IcebergLimits.avro)
      let steps: [Step]
      do throws(IcebergError) {
        steps = try self.steps(file.types)
      } catch {
        throw AvroError(.malformed, error.message)
      }
      var manifests: [ManifestFile] = []
      var block = ByteWriter(capacity: 1 << 16)
      while let count = try file.nextBlock(into: &block) {
        var items = AvroDecoder(block.bytes, limits: file.limits)
        for _ in 0..<count { manifests.append(try self.manifest(&items, steps, file.types)) }
      }
      return manifests
    } catch {
      let error = IcebergError(error)
      throw IcebergError(error.code, "cannot read the manifest list: \(error.message)")
    }
  }

  private enum Step {
    case number(id: Int, AvroColumn)
    case path(AvroColumn)
    case partitions(AvroColumn, [Step])
    case keyMetadata(AvroColumn)
    case flag(id: Int, AvroColumn)
    case bound(id: Int, AvroColumn)
    case skip(AvroSchema)
  }

  private typealias ID = ManifestListFieldID

  private static func steps(_ types: AvroTypes) throws(IcebergError) -> [Step] {
    guard case .record(_, let fields) = types.root.shape else {
      throw IcebergError(.corrupted, "its lines are no records")
    }
    var steps: [Step] = []
    for field in fields {
      guard let id = field.fieldID else {
        steps.append(.skip(field.schema))
        continue
      }
      let column = try AvroColumn(field, in: types)
      switch id {
      case ID.path:
        try column.expect(column.isBytes, id, "text")
        steps.append(.path(column))
      case ID.keyMetadata:
        try column.expect(column.isBytes, id, "bytes")
        steps.append(.keyMetadata(column))
      case ID.partitions: steps.append(.partitions(column, try self.summarySteps(column, types)))
      case ID.length, ID.specID, ID.content, ID.sequenceNumber, ID.minSequenceNumber,
        ID.addedSnapshotID, ID.addedFiles, ID.existingFiles, ID.deletedFiles, ID.addedRows,
        ID.existingRows, ID.deletedRows, ID.firstRowID:
        try column.expect(column.isNumber, id, "number")
        steps.append(.number(id: id, column))
      default: steps.append(.skip(field.schema))
      }
    }
    return steps
  }

  private static func summarySteps(
    _ column: AvroColumn, _ types: AvroTypes
  ) throws(IcebergError) -> [Step] {
    guard case .array(let element) = column.schema.shape else {
      throw IcebergError(.corrupted, "field \(ID.partitions) is no list")
    }
    let record = try AvroColumn(element, named: "element", in: types)
    guard case .record(_, let fields) = record.schema.shape, record.nullIndex == nil else {
      throw IcebergError(.corrupted, "field \(ID.partitionSummary) is no record")
    }
    var steps: [Step] = []
    for field in fields {
      let column = try AvroColumn(field, in: types)
      switch field.fieldID {
      case ID.containsNull?, ID.containsNaN?:
        guard case .boolean = column.schema.shape else {
          throw IcebergError(.corrupted, "field \(field.fieldID ?? 0) is no boolean")
        }
        steps.append(.flag(id: field.fieldID ?? 0, column))
      case ID.lowerBound?, ID.upperBound?:
        try column.expect(column.isBytes, field.fieldID ?? 0, "bytes")
        steps.append(.bound(id: field.fieldID ?? 0, column))
      default: steps.append(.skip(field.schema))
      }
    }
    return steps
  }

  private static func manifest(
    _ decoder: inout AvroDecoder, _ steps: [Step], _ types: AvroTypes
  ) throws(AvroError) -> ManifestFile {
    try decoder.spend()
    // Lists of version 1 have no numbers: they are 0.
    var manifest = ManifestFile(
      path: "", length: 0, specID: 0, sequenceNumber: 0, minSequenceNumber: 0, addedSnapshotID: 0)
    for step in steps {
      switch step {
      case .number(let id, let column):
        guard try column.isPresent(&decoder) else { continue }
        try self.set(id, try decoder.long(), &manifest)
      case .path(let column):
        if try column.isPresent(&decoder) { manifest.path = try decoder.string() }
      case .keyMetadata(let column):
        if try column.isPresent(&decoder) { manifest.keyMetadata = try decoder.bytes().array }
      case .partitions(let column, let inner):
        guard try column.isPresent(&decoder) else { continue }
        manifest.partitions = try self.summaries(&decoder, inner, types)
      case .skip(let schema): try decoder.skip(schema, in: types)
      case .flag, .bound: break
      }
    }
    return manifest
  }

  private static func set(
    _ id: Int, _ value: Int64, _ manifest: inout ManifestFile
  ) throws(AvroError) {
    switch id {
    case ID.length: manifest.length = value
    case ID.specID: manifest.specID = Int(value)
    case ID.content:
      guard let content = Int(exactly: value).flatMap(ManifestFile.Content.init) else {
        throw AvroError(.malformed, "content \(value) of a manifest is neither 0 nor 1")
      }
      manifest.content = content
    case ID.sequenceNumber: manifest.sequenceNumber = value
    case ID.minSequenceNumber: manifest.minSequenceNumber = value
    case ID.addedSnapshotID: manifest.addedSnapshotID = value
    case ID.addedFiles: manifest.addedFilesCount = Int(value)
    case ID.existingFiles: manifest.existingFilesCount = Int(value)
    case ID.deletedFiles: manifest.deletedFilesCount = Int(value)
    case ID.addedRows: manifest.addedRowsCount = value
    case ID.existingRows: manifest.existingRowsCount = value
    case ID.deletedRows: manifest.deletedRowsCount = value
    default: manifest.firstRowID = value
    }
  }

  private static func summaries(
    _ decoder: inout AvroDecoder, _ steps: [Step], _ types: AvroTypes
  ) throws(AvroError) -> [ManifestFile.FieldSummary] {
    var summaries: [ManifestFile.FieldSummary] = []
    while case let count = try decoder.blockCount(), count > 0 {
      for _ in 0..<count {
        var summary = ManifestFile.FieldSummary(containsNull: true)
        for step in steps { try self.read(step, &decoder, &summary, types) }
        summaries.append(summary)
      }
    }
    return summaries
  }

  private static func read(
    _ step: Step, _ decoder: inout AvroDecoder, _ summary: inout ManifestFile.FieldSummary,
    _ types: AvroTypes
  ) throws(AvroError) {
    switch step {
    case .flag(let id, let column):
      guard try column.isPresent(&decoder) else { return }
      let flag = try decoder.boolean()
      if id == ID.containsNull { summary.containsNull = flag } else { summary.containsNaN = flag }
    case .bound(let id, let column):
      guard try column.isPresent(&decoder) else { return }
      let bytes = try decoder.bytes().array
      if id == ID.lowerBound { summary.lowerBound = bytes } else { summary.upperBound = bytes }
    case .skip(let schema): try decoder.skip(schema, in: types)
    case .number, .path, .partitions, .keyMetadata: break
    }
  }
}
