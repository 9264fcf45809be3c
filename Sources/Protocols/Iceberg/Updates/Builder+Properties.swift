extension TableMetadataBuilder {
  mutating func set(location: String) throws(IcebergError) {
    guard !location.isEmpty else { throw .validation("the location is empty") }
    let location = TableMetadata.withoutTrailingSlashes(location)
    guard location != self.metadata.location else { return }
    try self.rules.checkLocation(.table, location)
    self.metadata.location = location
  }

  mutating func set(_ updates: Properties) throws(IcebergError) {
    for (name, value) in updates.sorted {
      if ReservedProperties.names.contains(name) {
        // Clients that create a table repeat here what they say elsewhere.
        if self.isCreating { continue }
        throw .validation("property \(quoted(name)) is reserved and cannot be set")
      }
      try self.check(name, value)
      self.metadata.properties[name] = value
    }
  }

  private func check(_ name: String, _ value: String) throws(IcebergError) {
    if ReservedProperties.commitNumbers.contains(name) {
      guard let number = Int64(value), number >= 0 else {
        throw .validation("property \(name) is an integer of 0 or more, not \(quoted(value))")
      }
    }
    switch name {
    case ReservedProperties.encryptionKeyID:
      if let current = self.metadata.properties[name], current != value {
        throw .validation("property \(name) was set and cannot change")
      }
    case MetadataFile.pathProperty: try self.rules.checkLocation(.metadata, value)
    case ReservedProperties.dataPath: try self.rules.checkLocation(.data, value)
    case MetadataFile.codecProperty: _ = try MetadataFile.codec([name: value])
    default: break
    }
  }

  mutating func removeProperties(_ names: [String]) throws(IcebergError) {
    for name in names {
      if name == ReservedProperties.encryptionKeyID, self.metadata.properties[name] != nil {
        throw .validation("property \(name) was set and cannot change")
      }
      self.metadata.properties[name] = nil
    }
  }

  mutating func set(_ file: StatisticsFile) throws(IcebergError) {
    try self.rules.checkLocation(.statistics, file.path)
    self.metadata.statistics.removeAll { $0.snapshotID == file.snapshotID }
    self.metadata.statistics.append(file)
  }

  mutating func set(_ file: PartitionStatisticsFile) throws(IcebergError) {
    try self.rules.checkLocation(.statistics, file.path)
    self.metadata.partitionStatistics.removeAll { $0.snapshotID == file.snapshotID }
    self.metadata.partitionStatistics.append(file)
  }

  mutating func add(_ key: EncryptionKey) throws(IcebergError) {
    guard self.metadata.formatVersion >= 3 else {
      throw .validation(
        "encryption keys are of v3, and the table is of v\(self.metadata.formatVersion)")
    }
    guard !self.metadata.encryptionKeys.contains(where: { $0.id == key.id }) else { return }
    self.metadata.encryptionKeys.append(key)
  }

  mutating func removeKey(_ id: String) throws(IcebergError) {
    if let snapshot = self.metadata.snapshots.first(where: {
      $0.keyID == id && !self.removedSnapshotIDs.contains($0.id)
    }) {
      throw .validation(
        "key \(quoted(id)) is that of snapshot \(snapshot.id) and cannot be removed")
    }
    self.metadata.encryptionKeys.removeAll { $0.id == id }
  }
}
