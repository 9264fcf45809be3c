public import Values

extension TableMetadataBuilder {
  /// The new version; nil when the updates changed nothing.
  ///
  /// - Parameters:
  ///   - previousLocation: the metadata file of the base, which the log remembers.
  ///   - uuid: what a new table that was given none gets.
  ///   - location: what a new table that was given none gets; nil: that is an error.
  public consuming func finish(
    previousLocation: String?, uuid: UUID = UUID(bits: 0), location: String? = nil
  ) throws(IcebergError) -> TableMetadata? {
    self.dropRemovedSnapshots()
    self.dropIntermediateSnapshots()
    if self.isCreating { try self.complete(uuid: uuid, location: location) }
    guard self.metadata != self.base else { return nil }
    try self.checkDefaults()
    if let last = self.metadata.snapshotLog.last, let current = self.metadata.currentSnapshotID,
      last.snapshotID != current
    {
      throw .validation(
        "the snapshot log ends with \(last.snapshotID), and \(current) is the current snapshot")
    }
    if let base = self.base {
      self.metadata.lastUpdatedMS = max(self.rules.nowMS, base.lastUpdatedMS)
      if let previousLocation { self.log(base, at: previousLocation) }
    } else {
      self.metadata.lastUpdatedMS = self.rules.nowMS
    }
    return self.metadata
  }

  /// Snapshots that were added and left behind within one request were never current to anybody.
  private mutating func dropIntermediateSnapshots() {
    let added = self.addedSnapshotIDs
    let current = self.metadata.currentSnapshotID
    guard !added.isEmpty else { return }
    self.metadata.snapshotLog.removeAll {
      $0.snapshotID != current && added.contains($0.snapshotID)
    }
  }

  private mutating func complete(uuid: UUID, location: String?) throws(IcebergError) {
    if !self.hasUUID { self.metadata.uuid = uuid }
    if self.metadata.location.isEmpty {
      guard let location else { throw .validation("the new table has no location") }
      try self.set(location: location)
    }
    guard let schema = self.boundSchema else { throw .validation("the new table has no schema") }
    self.metadata.currentSchemaID = schema.id
    if self.metadata.partitionSpecs.isEmpty {
      self.metadata.partitionSpecs = [.unpartitioned]
      self.metadata.defaultSpecID = 0
    }
    if self.metadata.sortOrders.isEmpty {
      self.metadata.sortOrders = [.unsorted]
      self.metadata.defaultSortOrderID = 0
    }
    guard self.metadata.defaultSpec != nil else {
      throw .validation("the new table has partition specs, and none is the default")
    }
    guard self.metadata.defaultSortOrder != nil else {
      throw .validation("the new table has sort orders, and none is the default")
    }
  }

  /// What the defaults are made of must be in the current schema.
  private mutating func checkDefaults() throws(IcebergError) {
    let base = self.base
    if let base, base.currentSchemaID == self.metadata.currentSchemaID,
      base.defaultSpecID == self.metadata.defaultSpecID,
      base.defaultSortOrderID == self.metadata.defaultSortOrderID
    {
      return
    }
    guard let schema = self.metadata.currentSchema else {
      throw .validation("the current schema \(self.metadata.currentSchemaID) is not there")
    }
    let index = self.index(of: schema)
    for field in self.metadata.defaultSpec?.fields ?? [] {
      try TransformRules.checkBound(
        field.transform, to: field.sourceIDs,
        "partition field \(quoted(field.name)) of the default spec", index)
    }
    for (position, field) in (self.metadata.defaultSortOrder?.fields ?? []).enumerated() {
      try TransformRules.checkBound(
        field.transform, to: field.sourceIDs, "field \(position) of the default sort order", index)
    }
  }

  private mutating func log(_ base: TableMetadata, at location: String) {
    self.metadata.metadataLog.append(
      MetadataLogEntry(timestampMS: base.lastUpdatedMS, metadataFile: location))
    let text = self.metadata.properties[ReservedProperties.previousVersionsMax]
    let most = max(1, text.flatMap { Int($0) } ?? ReservedProperties.previousVersionsMaxDefault)
    let excess = self.metadata.metadataLog.count - most
    if excess > 0 { self.metadata.metadataLog.removeFirst(excess) }
  }
}

extension TableMetadata {
  /// Checks the requirements, applies the updates and makes the next version; nil when nothing
  /// changed.
  ///
  /// - Parameter base: the table as it is; nil when it is being created, which needs
  ///   `TableRequirement.create` as the only requirement.
  public static func commit(
    _ base: TableMetadata?, requirements: [TableRequirement], updates: [TableUpdate],
    rules: CommitRules, previousLocation: String?, uuid: UUID = UUID(bits: 0),
    location: String? = nil
  ) throws(IcebergError) -> TableMetadata? {
    if requirements.contains(.create), requirements.count > 1 {
      throw IcebergError(.badRequest, "assert-create must be the only requirement")
    }
    for requirement in requirements { try requirement.check(base) }
    var builder = TableMetadataBuilder(from: base, rules: rules)
    for (position, update) in updates.enumerated() {
      do {
        try builder.apply(update)
      } catch {
        throw IcebergError(
          error.code, "updates[\(position)] \(update.action): \(error.message)")
      }
    }
    return try builder.finish(previousLocation: previousLocation, uuid: uuid, location: location)
  }
}
