extension TableMetadata {
  /// The snapshots after one and up to another that only added files, newest first.
  ///
  /// - Parameter start: an ancestor of `end`, itself not included; nil: from the beginning.
  public func appendSnapshots(
    after start: Int64?, through end: Int64
  ) throws(IcebergError) -> [Snapshot] {
    guard self.snapshot(id: end) != nil else {
      throw IcebergError(.badRequest, "there is no snapshot \(end)")
    }
    var found: [Snapshot] = []
    for snapshot in self.ancestors(of: end) {
      if snapshot.id == start { return found }
      if snapshot.summary?.operation == .append { found.append(snapshot) }
    }
    if let start {
      throw IcebergError(.badRequest, "snapshot \(start) is not an ancestor of snapshot \(end)")
    }
    return found
  }
}
