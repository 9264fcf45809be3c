/// Entries of series: their ids and, once for each, the values of the series' columns.
public struct SeriesRows: Sendable {
  public var ids: [UInt64] = []
  public var columns: [Column]

  public init(ids: [UInt64] = [], columns: [Column]) {
    self.ids = ids
    self.columns = columns
  }
}

/// Rows of one table and one shard, in any order and of any times.
public struct RowBatch: Sendable {
  public let group: String
  public let schema: TableSchema
  public let shard: UInt32
  public var seriesIDs: [UInt64] = []
  public var timestamps: [Int64] = []
  public var versions: [Int64] = []
  /// One for each column of the schema, in order.
  public var columns: [Column]
  /// The series that may be new, with a column for each series column of the schema. Of one id the last
  /// entry counts; those that the segment knows are dropped.
  public var series: SeriesRows

  public init(group: String, schema: TableSchema, shard: UInt32) {
    self.group = group
    self.schema = schema
    self.shard = shard
    self.columns = schema.columns.map { Column($0.type) }
    self.series = SeriesRows(columns: schema.seriesColumns.map { Column($0.type) })
  }

  public var count: Int { self.timestamps.count }

  /// Why it cannot be taken; nil when it is as its schema says.
  public var problem: String? {
    guard self.seriesIDs.count == self.count, self.versions.count == self.count else {
      return "\(self.seriesIDs.count) series and \(self.versions.count) versions"
    }
    guard self.columns.map(\.type) == self.schema.columns.map(\.type),
      self.series.columns.map(\.type) == self.schema.seriesColumns.map(\.type)
    else { return "columns of other types than its schema" }
    for column in self.columns where column.count != self.count || column.problem != nil {
      return "a column of \(column.count) rows"
    }
    for column in self.series.columns
    where column.count != self.series.ids.count || column.problem != nil {
      return "a series column of \(column.count) rows"
    }
    return nil
  }

  public var byteCount: Int {
    self.count * 24 + self.columns.reduce(0) { $0 + $1.byteCount } + self.series.ids.count * 8
      + self.series.columns.reduce(0) { $0 + $1.byteCount }
  }

  /// The rows of `rows`. Where each row brought its own series entry the entries go with their rows: what
  /// counts in a segment is the last row that lies in it. Otherwise all entries stay.
  public func gathering(_ rows: [UInt32]) -> RowBatch {
    var batch = self
    if self.series.ids == self.seriesIDs {
      batch.series = SeriesRows(
        ids: rows.map { self.series.ids[Int($0)] },
        columns: self.series.columns.map { $0.gathering(rows) })
    }
    batch.seriesIDs = rows.map { self.seriesIDs[Int($0)] }
    batch.timestamps = rows.map { self.timestamps[Int($0)] }
    batch.versions = rows.map { self.versions[Int($0)] }
    batch.columns = self.columns.map { $0.gathering(rows) }
    return batch
  }
}

public struct WriteOutcome: Sendable, Hashable {
  /// Rows that are durable now.
  public var rows = 0
  /// Rows older than their group's ttl, which were dropped.
  public var expired = 0

  public init(rows: Int = 0, expired: Int = 0) {
    self.rows = rows
    self.expired = expired
  }
}
