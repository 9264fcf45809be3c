extension TableMetadata {
  /// Logs of writers with different clocks may step back this much.
  static let clockSkewMS: Int64 = 60_000

  /// Checks that a document from elsewhere holds together: what it names is there, and what is written
  /// twice agrees.
  public func check() throws(IcebergError) {
    try self.checkNumbers()
    let ids = Set(self.snapshots.map(\.id))
    guard ids.count == self.snapshots.count else {
      throw Self.inconsistent("two snapshots have one id")
    }
    for snapshot in self.snapshots where snapshot.sequenceNumber > self.lastSequenceNumber {
      throw Self.inconsistent(
        "snapshot \(snapshot.id) has sequence number \(snapshot.sequenceNumber), above the last "
          + "one, \(self.lastSequenceNumber)")
    }
    for (name, reference) in self.references.sorted where !ids.contains(reference.snapshotID) {
      throw Self.inconsistent(
        "\(reference.kind.rawValue) \(quoted(name)) points at snapshot \(reference.snapshotID), "
          + "which is not there")
    }
    guard self.references[SnapshotReference.main]?.snapshotID == self.currentSnapshotID else {
      throw Self.inconsistent(
        "branch main and current-snapshot-id disagree: "
          + "\(String(describing: self.references[SnapshotReference.main]?.snapshotID)) and "
          + "\(String(describing: self.currentSnapshotID))")
    }
    try Self.checkOrder(self.snapshotLog.map(\.timestampMS), "snapshot-log")
    try Self.checkOrder(self.metadataLog.map(\.timestampMS), "metadata-log")
  }

  private func checkNumbers() throws(IcebergError) {
    guard self.currentSchema != nil else {
      throw Self.inconsistent("the current schema \(self.currentSchemaID) is not there")
    }
    guard self.defaultSpec != nil else {
      throw Self.inconsistent("the default partition spec \(self.defaultSpecID) is not there")
    }
    guard self.defaultSortOrder != nil else {
      throw Self.inconsistent("the default sort order \(self.defaultSortOrderID) is not there")
    }
    for (what, ids) in [
      ("schemas", self.schemas.map(\.id)), ("partition specs", self.partitionSpecs.map(\.id)),
      ("sort orders", self.sortOrders.map(\.id)),
    ] where Set(ids).count != ids.count {
      throw Self.inconsistent("two \(what) have one id")
    }
    for (what, value) in [
      ("last-sequence-number", self.lastSequenceNumber), ("last-updated-ms", self.lastUpdatedMS),
      ("next-row-id", self.nextRowID), ("last-column-id", Int64(self.lastColumnID)),
    ] where value < 0 {
      throw Self.inconsistent("\(what) is \(value)")
    }
  }

  private static func checkOrder(_ times: [Int64], _ what: String) throws(IcebergError) {
    for (earlier, later) in zip(times, times.dropFirst())
    where later < earlier.subtractingClamped(self.clockSkewMS) {
      throw self.inconsistent("\(what) is not in the order of time: \(later) follows \(earlier)")
    }
  }

  private static func inconsistent(_ message: String) -> IcebergError {
    IcebergError(.badRequest, "the table metadata contradicts itself: \(message)")
  }
}

extension Int64 {
  func subtractingClamped(_ other: Int64) -> Int64 {
    let (difference, overflow) = self.subtractingReportingOverflow(other)
    return overflow ? (self < 0 ? .min : .max) : difference
  }
}
