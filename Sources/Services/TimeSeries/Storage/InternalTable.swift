package import SeriesSchema

/// Tables that nobody wrote: what is made of rows and lies beside them. They are not counted among them.
package enum InternalTable {
  /// Of rankings.
  package static let counters = "_top_n_result"

  package static let all: Set<String> = [InternalTable.counters]
}

extension SchemaState {
  /// Whether a table of a group is an orphan: it has rows, and its object was deleted.
  package func isOrphan(_ table: String, in group: String) -> Bool {
    guard !InternalTable.all.contains(table) else { return false }
    return [SchemaKind.stream, .measure, .trace].allSatisfy { kind in
      self.item(SchemaKey(kind, group, table)) == nil
    }
  }
}
