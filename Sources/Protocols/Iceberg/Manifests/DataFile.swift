/// The values of a file's partition, in the order of its spec's fields.
public struct PartitionValues: Hashable, Sendable {
  public var values: [Literal?]

  public init(_ values: [Literal?] = []) { self.values = values }
}

/// A data file or a delete file, as a manifest knows it.
public struct DataFile: Hashable, Sendable {
  public enum Content: Int, Sendable {
    case data = 0
    /// Positions in data files: a file of rows, or a deletion vector.
    case positionDeletes = 1
    /// Values of columns.
    case equalityDeletes = 2
  }

  public enum Format: String, CaseIterable, Sendable {
    case avro, orc, parquet, puffin
  }

  public var content: Content
  public var path: String
  public var format: Format
  public var specID: Int
  public var partition: PartitionValues
  public var recordCount: Int64
  public var fileSizeInBytes: Int64
  public var columnSizes: ColumnCounts?
  public var valueCounts: ColumnCounts?
  public var nullValueCounts: ColumnCounts?
  public var nanValueCounts: ColumnCounts?
  public var lowerBounds: ColumnBounds?
  public var upperBounds: ColumnBounds?
  public var keyMetadata: [UInt8]?
  public var splitOffsets: [Int64]?
  public var equalityIDs: [Int]?
  public var sortOrderID: Int?
  /// Since version 3, and of data files only.
  public var firstRowID: Int64?
  /// The one data file whose rows a position delete file names.
  public var referencedDataFile: String?
  /// Where a deletion vector lies in its Puffin file.
  public var contentOffset: Int64?
  public var contentSizeInBytes: Int64?

  public init(
    content: Content = .data, path: String, format: Format = .parquet, specID: Int = 0,
    partition: PartitionValues = PartitionValues(), recordCount: Int64, fileSizeInBytes: Int64
  ) {
    self.content = content
    self.path = path
    self.format = format
    self.specID = specID
    self.partition = partition
    self.recordCount = recordCount
    self.fileSizeInBytes = fileSizeInBytes
  }

  /// Whether the deletes are a bitmap in a Puffin file.
  public var isDeletionVector: Bool {
    self.content == .positionDeletes && self.format == .puffin
  }
}

/// A line of a manifest.
public struct ManifestEntry: Hashable, Sendable {
  public enum Status: Int, Sendable {
    case existing = 0
    case added = 1
    case deleted = 2
  }

  public var status: Status
  /// When the file was added, or deleted. Nil is inherited from the manifest; readers fill it in.
  public var snapshotID: Int64?
  /// The age of the file's rows, for telling which deletes apply. Inherited like the snapshot.
  public var sequenceNumber: Int64?
  /// When the file came into the table.
  public var fileSequenceNumber: Int64?
  public var file: DataFile

  public init(
    _ status: Status, _ file: DataFile, snapshotID: Int64? = nil, sequenceNumber: Int64? = nil,
    fileSequenceNumber: Int64? = nil
  ) {
    self.status = status
    self.snapshotID = snapshotID
    self.sequenceNumber = sequenceNumber
    self.fileSequenceNumber = fileSequenceNumber
    self.file = file
  }

  public var isLive: Bool { self.status != .deleted }
}
