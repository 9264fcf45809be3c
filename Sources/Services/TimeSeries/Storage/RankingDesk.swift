package import SeriesColumns

/// What an operator asks of the counters of rankings that a node keeps.
package protocol RankingDesk: Sendable {
  /// Rankings of one group or of all, by name.
  func rankings(group: String?) async throws(SeriesError) -> [StoredRankingReport]
  /// Makes the counters of all windows that are over anew, those from before the ranking too; returns when they
  /// are written. Throws `unknownGroup` when no such ranking is kept.
  func rebuildRanking(group: String, name: String) async throws(SeriesError)
}

/// What is kept of a ranking on one node.
package struct StoredRankingReport: Sendable, Hashable {
  /// Where it lies; empty: on the node that was asked.
  package var node = ""
  package var group: String
  package var name: String
  package var measure = ""
  /// Length of a window in nanoseconds.
  package var interval: Int64 = 0
  /// Covered windows, counted in each shard.
  package var windows: Int64 = 0
  /// Windows that points came late for and that are still to be made again, counted the same.
  package var waiting: Int64 = 0
  /// Entries of the newest covered window of each shard.
  package var entries: Int64 = 0
  /// From the first covered window to the end of the last one.
  package var times: Range<Int64>?
  /// Windows before this are done; nil when none is yet.
  package var doneBelow: Int64?
  /// Windows that are over and not done, as time.
  package var behind: Int64 = 0
  /// Why no counters are kept: then it is made of points.
  package var reason: String?

  package init(group: String, name: String) {
    self.group = group
    self.name = name
  }
}
