/// A line of a manifest list.
public struct ManifestFile: Hashable, Sendable {
  public enum Content: Int, Sendable {
    case data = 0
    case deletes = 1
  }

  public var path: String
  public var length: Int64
  public var specID: Int
  public var content: Content
  /// When the manifest was added; -1 until its snapshot has a number.
  public var sequenceNumber: Int64
  /// The lowest of its live files.
  public var minSequenceNumber: Int64
  public var addedSnapshotID: Int64
  public var addedFilesCount: Int?
  public var existingFilesCount: Int?
  public var deletedFilesCount: Int?
  public var addedRowsCount: Int64?
  public var existingRowsCount: Int64?
  public var deletedRowsCount: Int64?
  /// One for each field of the spec; nil when the writer did not say.
  public var partitions: [FieldSummary]?
  public var keyMetadata: [UInt8]?
  /// Since version 3, and of data manifests only.
  public var firstRowID: Int64?

  public static let unassignedSequenceNumber: Int64 = -1

  /// What is known of all values of one partition field.
  public struct FieldSummary: Hashable, Sendable {
    public var containsNull: Bool
    public var containsNaN: Bool?
    public var lowerBound: [UInt8]?
    public var upperBound: [UInt8]?

    public init(
      containsNull: Bool, containsNaN: Bool? = nil, lowerBound: [UInt8]? = nil,
      upperBound: [UInt8]? = nil
    ) {
      self.containsNull = containsNull
      self.containsNaN = containsNaN
      self.lowerBound = lowerBound
      self.upperBound = upperBound
    }
  }

  public init(
    path: String, length: Int64, specID: Int, content: Content = .data,
    sequenceNumber: Int64 = unassignedSequenceNumber,
    minSequenceNumber: Int64 = unassignedSequenceNumber, addedSnapshotID: Int64
  ) {
    self.path = path
    self.length = length
    self.specID = specID
    self.content = content
    self.sequenceNumber = sequenceNumber
    self.minSequenceNumber = minSequenceNumber
    self.addedSnapshotID = addedSnapshotID
  }

  /// Whether there may be live files in it.
  public var hasLiveFiles: Bool {
    (self.addedFilesCount ?? 1) > 0 || (self.existingFilesCount ?? 1) > 0
  }
}
