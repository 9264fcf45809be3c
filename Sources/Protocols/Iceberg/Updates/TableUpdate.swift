/// A change to a table.
public enum TableUpdate: Hashable, Sendable {
  case assignUUID(String)
  case upgradeFormatVersion(Int)
  case addSchema(Schema)
  /// -1 is the schema added last in this commit; so for specs and sort orders.
  case setCurrentSchema(Int)
  case removeSchemas([Int])
  case addSpec(PartitionSpec)
  case setDefaultSpec(Int)
  case removePartitionSpecs([Int])
  case addSortOrder(SortOrder)
  case setDefaultSortOrder(Int)
  case addSnapshot(Snapshot)
  case setSnapshotReference(name: String, SnapshotReference)
  case removeSnapshotReference(name: String)
  case removeSnapshots([Int64])
  case setLocation(String)
  case setProperties(Properties)
  case removeProperties([String])
  case setStatistics(StatisticsFile)
  case removeStatistics(snapshotID: Int64)
  case setPartitionStatistics(PartitionStatisticsFile)
  case removePartitionStatistics(snapshotID: Int64)
  case addEncryptionKey(EncryptionKey)
  case removeEncryptionKey(id: String)

  /// The id that stands for what was added last.
  public static let lastAdded = -1
}
