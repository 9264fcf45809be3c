extension TableMetadataBuilder {
  private mutating func withPositions<R>(_ body: (inout [Int64: Int]) -> R) -> R {
    var positions =
      self.snapshotPositions
      ?? Dictionary(self.metadata.snapshots.enumerated().map { ($1.id, $0) }) { _, last in last }
    self.snapshotPositions = nil
    defer { self.snapshotPositions = positions }
    return body(&positions)
  }

  private mutating func snapshot(_ id: Int64) -> Snapshot? {
    guard !self.removedSnapshotIDs.contains(id),
      let position = self.withPositions({ $0[id] })
    else { return nil }
    return self.metadata.snapshots[position]
  }

  mutating func add(_ snapshot: Snapshot) throws(IcebergError) {
    guard !self.metadata.schemas.isEmpty else {
      throw .validation("snapshot \(snapshot.id) needs a schema, and there is none yet")
    }
    guard !self.metadata.partitionSpecs.isEmpty else {
      throw .validation("snapshot \(snapshot.id) needs a partition spec, and there is none yet")
    }
    guard !self.metadata.sortOrders.isEmpty else {
      throw .validation("snapshot \(snapshot.id) needs a sort order, and there is none yet")
    }
    if self.removedSnapshotIDs.contains(snapshot.id) { self.dropRemovedSnapshots() }
    guard self.snapshot(snapshot.id) == nil else {
      throw .validation("snapshot \(snapshot.id) is there already")
    }
    if let id = snapshot.schemaID, self.metadata.schema(id: id) == nil {
      throw .validation("snapshot \(snapshot.id) has schema \(id), which is not there")
    }
    guard snapshot.timestampMS > 0 else {
      throw .validation("the timestamp of snapshot \(snapshot.id) is \(snapshot.timestampMS)")
    }
    var added = snapshot
    try self.checkManifests(&added)
    try self.assignSequence(&added)
    try self.assignRows(&added)
    if let key = added.keyID, !self.metadata.encryptionKeys.contains(where: { $0.id == key }) {
      throw .validation("snapshot \(added.id) has key \(quoted(key)), which is not there")
    }
    let position = self.metadata.snapshots.count
    self.metadata.snapshots.append(added)
    self.withPositions { $0[added.id] = position }
    self.addedSnapshotIDs.insert(added.id)
  }

  private func checkManifests(_ snapshot: inout Snapshot) throws(IcebergError) {
    if let list = snapshot.manifestList {
      try self.rules.checkLocation(.manifestList, list)
      snapshot.manifests = nil
    } else if self.metadata.formatVersion > 1 || snapshot.manifests == nil {
      throw IcebergError(.badRequest, "snapshot \(snapshot.id) has no manifest-list")
    } else {
      for manifest in snapshot.manifests ?? [] {
        try self.rules.checkLocation(.manifestList, manifest)
      }
    }
  }

  private mutating func assignSequence(_ snapshot: inout Snapshot) throws(IcebergError) {
    guard self.metadata.formatVersion > 1 else {
      snapshot.sequenceNumber = 0
      return
    }
    guard
      snapshot.parentID == nil || snapshot.sequenceNumber > self.metadata.lastSequenceNumber
    else {
      throw IcebergError(
        .commitFailed,
        "snapshot \(snapshot.id) has sequence number \(snapshot.sequenceNumber), and "
          + "\(self.metadata.lastSequenceNumber) was assigned already")
    }
    self.metadata.lastSequenceNumber = max(
      self.metadata.lastSequenceNumber, snapshot.sequenceNumber)
  }

  private mutating func assignRows(_ snapshot: inout Snapshot) throws(IcebergError) {
    guard self.metadata.formatVersion >= 3 else { return }
    guard let first = snapshot.firstRowID else {
      throw .validation("snapshot \(snapshot.id) has no first-row-id, which v3 asks for")
    }
    guard let count = snapshot.addedRows, count >= 0 else {
      throw .validation("snapshot \(snapshot.id) has no added-rows, which v3 asks for")
    }
    guard first >= self.metadata.nextRowID else {
      throw IcebergError(
        .commitFailed,
        "snapshot \(snapshot.id) has first-row-id \(first), and row ids below "
          + "\(self.metadata.nextRowID) were assigned already")
    }
    let (next, overflow) = first.addingReportingOverflow(count)
    guard !overflow else {
      throw .validation("snapshot \(snapshot.id) adds \(count) rows, more than there are ids")
    }
    // From the snapshot's own first id: it may lie above ours, and no id is given twice.
    self.metadata.nextRowID = next
  }

  mutating func set(_ reference: SnapshotReference, named name: String) throws(IcebergError) {
    try reference.check(name: name)
    guard let snapshot = self.snapshot(reference.snapshotID) else {
      throw .validation(
        "\(reference.kind.rawValue) \(quoted(name)) cannot point at snapshot "
          + "\(reference.snapshotID), which is not there")
    }
    self.metadata.references[name] = reference
    guard name == SnapshotReference.main, self.metadata.currentSnapshotID != snapshot.id else {
      return
    }
    self.metadata.currentSnapshotID = snapshot.id
    let isAdded = self.addedSnapshotIDs.contains(snapshot.id)
    let time = isAdded ? snapshot.timestampMS : self.rules.nowMS
    if let last = self.metadata.snapshotLog.last,
      time < last.timestampMS.subtractingClamped(TableMetadata.clockSkewMS)
    {
      throw .validation(
        "snapshot \(snapshot.id) would enter the log at \(time), before its last entry at "
          + "\(last.timestampMS)")
    }
    self.metadata.snapshotLog.append(
      SnapshotLogEntry(timestampMS: time, snapshotID: snapshot.id))
  }

  mutating func removeReference(named name: String) {
    self.metadata.references[name] = nil
    if name == SnapshotReference.main { self.metadata.currentSnapshotID = nil }
  }

  mutating func removeSnapshots(_ ids: [Int64]) {
    for id in ids where self.withPositions({ $0[id] }) != nil {
      self.removedSnapshotIDs.insert(id)
    }
  }

  /// Takes the removed snapshots out, with all that hangs on them.
  mutating func dropRemovedSnapshots() {
    let removed = self.removedSnapshotIDs
    guard !removed.isEmpty else { return }
    self.metadata.snapshots.removeAll { removed.contains($0.id) }
    self.metadata.statistics.removeAll { removed.contains($0.snapshotID) }
    self.metadata.partitionStatistics.removeAll { removed.contains($0.snapshotID) }
    self.metadata.references.removeAll { _, reference in removed.contains(reference.snapshotID) }
    if let current = self.metadata.currentSnapshotID, removed.contains(current) {
      self.metadata.currentSnapshotID = nil
    }
    // History before an entry that nobody can read any more is of no use.
    var kept: [SnapshotLogEntry] = []
    for entry in self.metadata.snapshotLog {
      if removed.contains(entry.snapshotID) {
        kept.removeAll()
      } else {
        kept.append(entry)
      }
    }
    self.metadata.snapshotLog = kept
    self.addedSnapshotIDs.subtract(removed)
    self.snapshotPositions = nil
    self.removedSnapshotIDs.removeAll()
  }
}
