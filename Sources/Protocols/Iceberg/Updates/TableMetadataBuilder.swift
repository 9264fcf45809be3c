internal import Values

/// Applies updates to a table's metadata, in the order of a request.
///
///     var builder = TableMetadataBuilder(from: base, rules: rules)
///     for update in updates { try builder.apply(update) }
///     let next = try builder.finish(previousLocation: location)
///
/// The base is not changed. After an error the builder is of no more use.
public struct TableMetadataBuilder {
  var metadata: TableMetadata
  let base: TableMetadata?
  let rules: CommitRules

  // What was added last in this request.
  var lastAddedSchemaID: Int?
  var lastAddedSpecID: Int?
  var lastAddedSortOrderID: Int?
  var addedSnapshotIDs: Set<Int64> = []
  var removedSnapshotIDs: Set<Int64> = []
  var hasChosenVersion: Bool
  var hasUUID: Bool

  // Tables for look-ups that would otherwise be made again for each of thousands of updates.
  var snapshotPositions: [Int64: Int]?
  var schemaIDs: [SchemaContent: Int]?
  var specIDs: [SpecContent: Int]?
  var orderIDs: [SortContent: Int]?
  var partitionFieldIDs: PartitionFieldIDs?
  var indexOfSchema: (id: Int, index: SchemaIndex)?

  /// - Parameter base: the table as it is; nil for one that is being created.
  public init(from base: TableMetadata?, rules: CommitRules) {
    self.base = base
    self.rules = rules
    self.metadata =
      base
      ?? TableMetadata(
        formatVersion: min(rules.formatVersionDefault, rules.formatVersionMax),
        uuid: UUID(bits: 0), location: "", lastUpdatedMS: rules.nowMS)
    self.hasChosenVersion = base != nil
    self.hasUUID = base != nil
  }

  public var isCreating: Bool { self.base == nil }
  /// What the updates so far made of the table.
  public var current: TableMetadata { self.metadata }

  public mutating func apply(_ update: TableUpdate) throws(IcebergError) {
    switch update {
    case .assignUUID(let text): try self.assign(uuid: text)
    case .upgradeFormatVersion(let version): try self.upgrade(to: version)
    case .addSchema(let schema): try self.add(schema)
    case .setCurrentSchema(let id): try self.setCurrentSchema(id)
    case .removeSchemas(let ids): try self.removeSchemas(ids)
    case .addSpec(let spec): try self.add(spec)
    case .setDefaultSpec(let id): try self.setDefaultSpec(id)
    case .removePartitionSpecs(let ids): try self.removeSpecs(ids)
    case .addSortOrder(let order): try self.add(order)
    case .setDefaultSortOrder(let id): try self.setDefaultSortOrder(id)
    case .addSnapshot(let snapshot): try self.add(snapshot)
    case .setSnapshotReference(let name, let reference): try self.set(reference, named: name)
    case .removeSnapshotReference(let name): self.removeReference(named: name)
    case .removeSnapshots(let ids): self.removeSnapshots(ids)
    case .setLocation(let location): try self.set(location: location)
    case .setProperties(let updates): try self.set(updates)
    case .removeProperties(let names): try self.removeProperties(names)
    case .setStatistics(let file): try self.set(file)
    case .removeStatistics(let id): self.metadata.statistics.removeAll { $0.snapshotID == id }
    case .setPartitionStatistics(let file): try self.set(file)
    case .removePartitionStatistics(let id):
      self.metadata.partitionStatistics.removeAll { $0.snapshotID == id }
    case .addEncryptionKey(let key): try self.add(key)
    case .removeEncryptionKey(let id): try self.removeKey(id)
    }
  }

  private mutating func assign(uuid text: String) throws(IcebergError) {
    guard let uuid = try? UUID(parsing: text) else {
      throw .validation("\(quoted(text)) is no UUID")
    }
    if self.hasUUID, uuid != self.metadata.uuid {
      throw .validation("the UUID is \(self.metadata.uuid) and cannot become \(uuid)")
    }
    self.metadata.uuid = uuid
    self.hasUUID = true
  }

  private mutating func upgrade(to version: Int) throws(IcebergError) {
    let most = min(self.rules.formatVersionMax, IcebergLimits.formatVersionMax)
    guard (1...most).contains(version) else {
      throw .validation("format version \(version) is not allowed; 1 to \(most) are")
    }
    if self.hasChosenVersion, version < self.metadata.formatVersion {
      throw .validation(
        "the format version is \(self.metadata.formatVersion) and cannot become \(version)")
    }
    // What a newer version must have beside is empty already: no sequence number, no row ids.
    self.metadata.formatVersion = version
    self.hasChosenVersion = true
  }

  /// The last of the updates that add a thing, or the id as it is.
  func resolve(_ id: Int, lastAdded: Int?, _ what: String) throws(IcebergError) -> Int {
    guard id == TableUpdate.lastAdded else { return id }
    guard let lastAdded else {
      throw .validation("-1 means the last added \(what), and none was added in this request")
    }
    return lastAdded
  }
}
