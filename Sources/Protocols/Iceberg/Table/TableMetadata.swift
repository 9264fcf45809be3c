public import JSON
public import Values

/// The metadata document of a table. Every version is the same value; what a version does not have is
/// empty here and not written. Members that are not understood are kept.
public struct TableMetadata: Hashable, Sendable {
  public var formatVersion: Int
  /// All zeros when a file of version 1 has none: whoever reads it gives it one.
  public var uuid: UUID
  public var location: String
  public var lastSequenceNumber: Int64
  public var lastUpdatedMS: Int64
  public var lastColumnID: Int
  public var schemas: [Schema]
  public var currentSchemaID: Int
  public var partitionSpecs: [PartitionSpec]
  public var defaultSpecID: Int
  public var lastPartitionID: Int
  public var sortOrders: [SortOrder]
  public var defaultSortOrderID: Int
  public var properties: Properties
  public var currentSnapshotID: Int64?
  public var nextRowID: Int64
  public var encryptionKeys: [EncryptionKey]
  public var references: TextMap<SnapshotReference>
  public var snapshots: [Snapshot]
  public var statistics: [StatisticsFile]
  public var partitionStatistics: [PartitionStatisticsFile]
  public var snapshotLog: [SnapshotLogEntry]
  public var metadataLog: [MetadataLogEntry]
  public var unknown: JSONObject

  /// A table without anything: no schema, no spec, no location yet.
  public init(formatVersion: Int, uuid: UUID, location: String, lastUpdatedMS: Int64) {
    self.formatVersion = formatVersion
    self.uuid = uuid
    self.location = location
    self.lastSequenceNumber = 0
    self.lastUpdatedMS = lastUpdatedMS
    self.lastColumnID = 0
    self.schemas = []
    self.currentSchemaID = -1
    self.partitionSpecs = []
    self.defaultSpecID = -1
    self.lastPartitionID = PartitionSpec.lastAssignedIDOfNone
    self.sortOrders = []
    self.defaultSortOrderID = -1
    self.properties = Properties()
    self.currentSnapshotID = nil
    self.nextRowID = 0
    self.encryptionKeys = []
    self.references = TextMap()
    self.snapshots = []
    self.statistics = []
    self.partitionStatistics = []
    self.snapshotLog = []
    self.metadataLog = []
    self.unknown = JSONObject()
  }
}

/// Looking things up.
extension TableMetadata {
  public func schema(id: Int) -> Schema? { self.schemas.first { $0.id == id } }
  public func partitionSpec(id: Int) -> PartitionSpec? {
    self.partitionSpecs.first { $0.id == id }
  }
  public func sortOrder(id: Int) -> SortOrder? { self.sortOrders.first { $0.id == id } }

  /// The last snapshots are asked for most.
  public func snapshot(id: Int64) -> Snapshot? { self.snapshots.last { $0.id == id } }

  public var currentSchema: Schema? { self.schema(id: self.currentSchemaID) }
  public var defaultSpec: PartitionSpec? { self.partitionSpec(id: self.defaultSpecID) }
  public var defaultSortOrder: SortOrder? { self.sortOrder(id: self.defaultSortOrderID) }
  public var currentSnapshot: Snapshot? {
    self.currentSnapshotID.flatMap { self.snapshot(id: $0) }
  }

  /// The snapshot and its parents as far as they are here, newest first.
  public func ancestors(of id: Int64) -> [Snapshot] {
    let byID = Dictionary(self.snapshots.map { ($0.id, $0) }) { _, last in last }
    var chain: [Snapshot] = []
    var next: Int64? = id
    // A chain that comes back to itself ends, too.
    while let id = next, let snapshot = byID[id], chain.count < byID.count {
      chain.append(snapshot)
      next = snapshot.parentID
    }
    return chain
  }

  /// The schema that rows of a snapshot had; the current one when the snapshot does not say.
  public func schema(of snapshot: Snapshot) -> Schema? {
    snapshot.schemaID.flatMap { self.schema(id: $0) } ?? self.currentSchema
  }

  /// The document with those snapshots only that a branch or tag points at, as `snapshots=refs` asks.
  public func withReferencedSnapshotsOnly() -> TableMetadata {
    let kept = Set(self.references.sorted.map(\.value.snapshotID))
    var result = self
    result.snapshots.removeAll { !kept.contains($0.id) }
    let dropped = Set(self.snapshots.map(\.id)).subtracting(kept)
    result.statistics.removeAll { dropped.contains($0.snapshotID) }
    result.partitionStatistics.removeAll { dropped.contains($0.snapshotID) }
    return result
  }
}
