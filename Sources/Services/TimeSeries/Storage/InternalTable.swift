/// Tables that nobody wrote: what is made of rows and lies beside them. They are not counted among them.
package enum InternalTable {
  /// Of rankings.
  package static let counters = "_top_n_result"

  package static let all: Set<String> = [InternalTable.counters]
}
