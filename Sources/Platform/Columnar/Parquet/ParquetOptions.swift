/// How a query is written to Parquet files.
public struct ParquetOptions: Sendable {
  public var compression = Compression.zstd(level: nil)
  public var rowGroupRows = 122_880
  /// Needs a database whose `preservesOrder` is off.
  public var rowGroupBytes: Int?
  /// Field ids of columns and of what is in them; columns that are not named get none.
  public var fieldIDs: [FieldID] = []
  /// Text for the footer.
  public var metadata: [(key: String, value: String)] = []
  /// The target is a folder of files of about this size.
  public var fileBytes: Int?
  /// The target is a folder, with one folder a value below it.
  public var partitionColumns: [String] = []
  public var writesPartitionColumns = false
  /// One file a thread: the target is a folder.
  public var hasFilePerThread = false
  /// Files of a folder are called by this, with `{i}` or `{uuid}` in it.
  public var filenamePattern: String?
  /// Replaces files that are there.
  public var overwrites = false
  /// Bloom filters for columns that are written with a dictionary.
  public var hasBloomFilters = true
  /// Distinct values up to which a column of a row group gets a dictionary; nil: the engine's choice, a
  /// fifth of the row group. Fewer cost less: 13 % of the processor time of bench/parquet, whose file
  /// stays as large.
  public var dictionaryValuesMax: Int? = 8_192

  public init() {}
  public init(_ change: (inout ParquetOptions) -> Void) { change(&self) }

  public enum Compression: Sendable, Hashable {
    case none
    case snappy
    case lz4
    case gzip
    case zstd(level: Int?)
  }

  /// The id of a column; `children` are struct fields by name, `element` of a list, `key` and `value`
  /// of a map.
  public struct FieldID: Sendable, Hashable {
    public var name: String
    public var id: Int
    public var children: [FieldID]

    public init(_ name: String, _ id: Int, _ children: [FieldID] = []) {
      self.name = name
      self.id = id
      self.children = children
    }

    fileprivate var text: String {
      let own = "\(quoted(literal: self.name)): "
      guard !self.children.isEmpty else { return own + "\(self.id)" }
      let inner = ["__duckdb_field_id: \(self.id)"] + self.children.map(\.text)
      return own + "{" + inner.joined(separator: ", ") + "}"
    }
  }

  /// The options as they stand behind COPY.
  var text: String {
    var options = ["FORMAT parquet", "RETURN_STATS true", "ROW_GROUP_SIZE \(self.rowGroupRows)"]
    switch self.compression {
    case .none: options.append("COMPRESSION uncompressed")
    case .snappy: options.append("COMPRESSION snappy")
    case .lz4: options.append("COMPRESSION lz4_raw")
    case .gzip: options.append("COMPRESSION gzip")
    case .zstd(let level):
      options.append("COMPRESSION zstd")
      if let level { options.append("COMPRESSION_LEVEL \(level)") }
    }
    if let bytes = self.rowGroupBytes { options.append("ROW_GROUP_SIZE_BYTES \(bytes)") }
    if !self.fieldIDs.isEmpty {
      options.append("FIELD_IDS {\(self.fieldIDs.map(\.text).joined(separator: ", "))}")
    }
    if !self.metadata.isEmpty {
      let pairs = self.metadata.map { "\(quoted(literal: $0.key)): \(quoted(literal: $0.value))" }
      options.append("KV_METADATA {\(pairs.joined(separator: ", "))}")
    }
    if let bytes = self.fileBytes { options.append("FILE_SIZE_BYTES \(bytes)") }
    if !self.partitionColumns.isEmpty {
      let names = self.partitionColumns.map { quoted(identifier: $0) }
      options.append("PARTITION_BY (\(names.joined(separator: ", ")))")
      options.append("WRITE_PARTITION_COLUMNS \(self.writesPartitionColumns)")
    }
    if self.hasFilePerThread { options.append("PER_THREAD_OUTPUT true") }
    if let pattern = self.filenamePattern {
      options.append("FILENAME_PATTERN \(quoted(literal: pattern))")
    }
    if self.overwrites { options.append("OVERWRITE_OR_IGNORE true") }
    if !self.hasBloomFilters { options.append("WRITE_BLOOM_FILTER false") }
    if let count = self.dictionaryValuesMax { options.append("DICTIONARY_SIZE_LIMIT \(count)") }
    return options.joined(separator: ", ")
  }
}
