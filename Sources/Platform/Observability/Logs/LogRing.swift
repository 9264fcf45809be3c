/// The last records of a process, for `logs`. A value that the log system guards.
struct LogRing {
  private var records: [LogRecord] = []
  private var start = 0
  let capacity: Int
  /// The sequence of the next record.
  private(set) var next: UInt64 = 0

  init(capacity: Int) {
    precondition(capacity > 0, "a ring of \(capacity)")
    self.capacity = capacity
  }

  /// Numbers the record and keeps it; the oldest goes when there is no room.
  mutating func append(_ record: inout LogRecord) {
    record.sequence = self.next
    self.next += 1
    if self.records.count < self.capacity {
      self.records.append(record)
    } else {
      self.records[self.start] = record
      self.start = (self.start + 1) % self.capacity
    }
  }

  private var first: UInt64 { self.next - UInt64(self.records.count) }

  func batch(
    from cursor: UInt64, limit: Int, where matches: (LogRecord) -> Bool
  ) -> LogBatch {
    let cursor = min(cursor, self.next)
    let begin = max(cursor, self.first)
    var batch = LogBatch(records: [], next: begin, missed: begin > cursor ? begin - cursor : 0)
    var sequence = begin
    while sequence < self.next, batch.records.count < limit {
      let record =
        self.records[(self.start + Int(sequence - self.first)) % self.records.count]
      if matches(record) { batch.records.append(record) }
      sequence += 1
    }
    batch.next = sequence
    return batch
  }
}

/// Some records, and where to go on.
public struct LogBatch: Sendable, Hashable {
  public var records: [LogRecord]
  /// The cursor to ask with next.
  public var next: UInt64
  /// How many records had already made room when they were asked for.
  public var missed: UInt64
}
