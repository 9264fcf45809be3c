internal import Avro
internal import Bytes
private import Values

/// Reads entries as the plan says.
struct EntryDecoder {
  let plan: ManifestPlan
  let metrics: MetricsSelection
  let specID: Int
  let partitionCount: Int?

  func next(_ decoder: inout AvroDecoder) throws(AvroError) -> ManifestEntry {
    try decoder.spend()
    var entry = ManifestEntry(.existing, DataFile(path: "", recordCount: 0, fileSizeInBytes: 0))
    for step in self.plan.entry {
      switch step {
      case .status(let column):
        let code = try column.isPresent(&decoder) ? decoder.long() : 0
        guard let status = Int(exactly: code).flatMap(ManifestEntry.Status.init) else {
          throw AvroError(.malformed, "status \(code) of an entry is not 0 to 2")
        }
        entry.status = status
      case .snapshotID(let column):
        if try column.isPresent(&decoder) { entry.snapshotID = try decoder.long() }
      case .sequenceNumber(let column):
        if try column.isPresent(&decoder) { entry.sequenceNumber = try decoder.long() }
      case .fileSequenceNumber(let column):
        if try column.isPresent(&decoder) { entry.fileSequenceNumber = try decoder.long() }
      case .dataFile: try self.file(&decoder, &entry.file)
      case .skip(let schema): try decoder.skip(schema, in: self.plan.types)
      }
    }
    return entry
  }

  private func file(_ decoder: inout AvroDecoder, _ file: inout DataFile) throws(AvroError) {
    file.specID = self.specID
    for step in self.plan.file {
      switch step {
      case .number(let number, let column):
        guard try column.isPresent(&decoder) else { continue }
        try Self.set(number, try decoder.long(), &file)
      case .text(let text, let column):
        guard try column.isPresent(&decoder) else { continue }
        try Self.set(text, &decoder, &file)
      case .bytes(let column):
        if try column.isPresent(&decoder) { file.keyMetadata = try decoder.bytes().array }
      case .partition: file.partition = try self.partition(&decoder)
      case .counts(let counts, let column):
        guard try column.isPresent(&decoder) else { continue }
        let read = try self.counts(&decoder)
        switch counts {
        case .sizes: file.columnSizes = read
        case .values: file.valueCounts = read
        case .nulls: file.nullValueCounts = read
        case .nans: file.nanValueCounts = read
        }
      case .bounds(let isLower, let column):
        guard try column.isPresent(&decoder) else { continue }
        let read = try self.bounds(&decoder)
        if isLower { file.lowerBounds = read } else { file.upperBounds = read }
      case .splitOffsets(let column):
        if try column.isPresent(&decoder) { file.splitOffsets = try Self.longs(&decoder) }
      case .equalityIDs(let column):
        if try column.isPresent(&decoder) {
          file.equalityIDs = try Self.longs(&decoder).map { Int($0) }
        }
      case .skip(let schema): try decoder.skip(schema, in: self.plan.types)
      }
    }
  }

  private static func set(
    _ number: ManifestPlan.Number, _ value: Int64, _ file: inout DataFile
  ) throws(AvroError) {
    switch number {
    case .content:
      guard let content = Int(exactly: value).flatMap(DataFile.Content.init) else {
        throw AvroError(.malformed, "content \(value) of a file is not 0 to 2")
      }
      file.content = content
    case .recordCount: file.recordCount = try Self.natural(value, "record count")
    case .fileSize: file.fileSizeInBytes = try Self.natural(value, "size")
    case .sortOrderID: file.sortOrderID = Int(value)
    case .firstRowID: file.firstRowID = try Self.natural(value, "first row id")
    case .contentOffset: file.contentOffset = try Self.natural(value, "content offset")
    case .contentSize: file.contentSizeInBytes = try Self.natural(value, "content size")
    }
  }

  private static func natural(_ value: Int64, _ what: String) throws(AvroError) -> Int64 {
    guard value >= 0 else { throw AvroError(.malformed, "the \(what) of a file is \(value)") }
    return value
  }

  private static func set(
    _ text: ManifestPlan.Text, _ decoder: inout AvroDecoder, _ file: inout DataFile
  ) throws(AvroError) {
    switch text {
    case .path: file.path = try decoder.string()
    case .referencedDataFile: file.referencedDataFile = try decoder.string()
    case .format:
      let name = try decoder.bytes()
      // Java writes the names in upper case, others in lower case.
      if name.isEqual(to: "PARQUET") || name.isEqual(to: "parquet") {
        file.format = .parquet
        return
      }
      let text = name.lossyText
      guard let format = DataFile.Format(rawValue: text.lowercased()) else {
        throw AvroError(.unsupported, "file format \(quoted(text)) is not known")
      }
      file.format = format
    }
  }

  private func counts(_ decoder: inout AvroDecoder) throws(AvroError) -> ColumnCounts {
    var counts = ColumnCounts()
    while case let count = try decoder.blockCount(), count > 0 {
      counts.reserve(min(count, decoder.remaining))
      for _ in 0..<count {
        let id = try decoder.int()
        let value = try decoder.long()
        if self.metrics.includes(id) { counts.append(value, for: id) }
      }
    }
    return counts
  }

  private func bounds(_ decoder: inout AvroDecoder) throws(AvroError) -> ColumnBounds {
    var bounds = ColumnBounds()
    while case let count = try decoder.blockCount(), count > 0 {
      if case .all = self.metrics { bounds.reserve(min(count, decoder.remaining)) }
      for _ in 0..<count {
        let id = try decoder.int()
        let value = try decoder.bytes()
        if self.metrics.includes(id) { bounds.append(value, for: id) }
      }
    }
    return bounds
  }

  private static func longs(_ decoder: inout AvroDecoder) throws(AvroError) -> [Int64] {
    var values: [Int64] = []
    while case let count = try decoder.blockCount(), count > 0 {
      for _ in 0..<count { values.append(try decoder.long()) }
    }
    return values
  }

  private func partition(_ decoder: inout AvroDecoder) throws(AvroError) -> PartitionValues {
    var values = [Literal?](
      repeating: nil, count: self.partitionCount ?? self.plan.partition.count)
    for step in self.plan.partition {
      guard try step.column.isPresent(&decoder), step.written != .unknown else { continue }
      guard let position = step.position else {
        try decoder.skip(step.column.schema, in: self.plan.types)
        continue
      }
      let value = try PartitionValueDecoder.value(&decoder, step.column.schema, step.written)
      guard step.written != step.expected else {
        values[position] = value
        continue
      }
      guard let promoted = value.promoted(to: step.expected) else {
        throw AvroError(
          .wrongType, "a partition value of type \(step.written) is none of \(step.expected)")
      }
      values[position] = promoted
    }
    return PartitionValues(values)
  }
}

/// Reads one partition value in the type that it was written with.
enum PartitionValueDecoder {
  static func value(
    _ decoder: inout AvroDecoder, _ schema: AvroSchema, _ type: PrimitiveType
  ) throws(AvroError) -> Literal {
    switch type {
    case .boolean: return .boolean(try decoder.boolean())
    case .int: return .int(try decoder.int())
    case .date: return .date(try decoder.int())
    case .long: return .long(try decoder.long())
    case .time: return .time(try decoder.long())
    case .timestamp: return .timestamp(try decoder.long())
    case .timestamptz: return .timestamptz(try decoder.long())
    case .timestampNanos: return .timestampNanos(try decoder.long())
    case .timestamptzNanos: return .timestamptzNanos(try decoder.long())
    case .float: return .float(try decoder.float())
    case .double: return .double(try decoder.double())
    case .string: return .string(try decoder.string())
    case .binary, .fixed, .decimal, .uuid, .geometry, .geography, .variant, .unknown:
      return try self.bytes(&decoder, schema, type)
    }
  }

  private static func bytes(
    _ decoder: inout AvroDecoder, _ schema: AvroSchema, _ type: PrimitiveType
  ) throws(AvroError) -> Literal {
    let bytes: RawSpan
    if case .fixed(_, let count) = schema.shape {
      bytes = try decoder.fixed(count)
    } else {
      bytes = try decoder.bytes()
    }
    switch type {
    case .decimal(_, let scale):
      guard let value = DecimalNumber(bytes: bytes, scale: scale) else {
        throw AvroError(.malformed, "\(bytes.byteCount) bytes are no decimal")
      }
      return .decimal(value)
    case .uuid:
      if bytes.byteCount == 36, let text = bytes.text, let uuid = try? UUID(parsing: text) {
        return .uuid(uuid)
      }
      guard let uuid = UUID(bytes: bytes) else {
        throw AvroError(.malformed, "\(bytes.byteCount) bytes are no UUID")
      }
      return .uuid(uuid)
    case .fixed: return .fixed(bytes.array)
    default: return .binary(bytes.array)
    }
  }
}
