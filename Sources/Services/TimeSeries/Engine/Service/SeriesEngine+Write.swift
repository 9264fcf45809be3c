internal import Bytes
public import SeriesColumns
internal import Journal
internal import Runtime
internal import Synchronization
internal import Values

/// Taking rows.
extension SeriesEngine {
  /// Stores the rows of all batches. When it returns they are durable, all of them, and every view opened
  /// afterwards sees them.
  ///
  /// Refused with nothing written: `malformed`, `unknownGroup`, `diskFull`, `overloaded`, `tooLarge`,
  /// `closed`. With `failed` the rows may or may not be found after reopening.
  public func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    do throws(SeriesError) {
      try self.checkOpen()
      try await self.waitForMemory()
      var outcome = WriteOutcome()
      let pieces = try await self.cut(batches, &outcome)
      if !pieces.isEmpty { try await self.commit(pieces) }
      self.state.withLock { state in
        state.statistics.writes += 1
        state.statistics.rowsWritten += outcome.rows
        state.statistics.rowsExpired += outcome.expired
      }
      return outcome
    } catch {
      self.state.withLock { $0.statistics.writesRefused += 1 }
      throw error
    }
  }

  func checkOpen() throws(SeriesError) {
    let problem = self.state.withLock { state -> SeriesError? in
      if let failure = state.failure { return failure }
      if state.isClosing { return SeriesError(.closed, "the engine is closed") }
      if self.options.diskHighPercent == 0 {
        return SeriesError(.diskFull, "this node only reads: its high watermark of the disk is 0")
      }
      if state.isDiskFull {
        return SeriesError(
          .diskFull, "the disk of \(self.directory) is nearly full; nothing is written",
          hint: "free space on the device or shorten the ttl of a group")
      }
      return nil
    }
    if let problem { throw problem }
  }

  private func waitForMemory() async throws(SeriesError) {
    let limit = 2 * self.options.memoryBytesMax
    guard self.memoryBytes.load(ordering: .relaxed) > limit else { return }
    let deadline = self.clock.now + self.options.writeWait
    while self.memoryBytes.load(ordering: .relaxed) > limit {
      guard self.clock.now < deadline else {
        throw SeriesError(
          .overloaded, "more than \(limit) bytes of rows wait in memory for the disk",
          hint: "write more slowly")
      }
      do {
        try await self.clock.sleep(for: .milliseconds(5))
      } catch {
        throw SeriesError(.closed, "the write was cancelled")
      }
      try self.checkOpen()
    }
  }

  /// A piece and where it goes.
  struct Placed {
    var piece: WritePiece
    var shard: Shard
  }

  /// Leaves out what is expired and cuts the rest by segment.
  private func cut(
    _ batches: [RowBatch], _ outcome: inout WriteOutcome
  ) async throws(SeriesError) -> [Placed] {
    var pieces: [Placed] = []
    let now = self.steadyNow
    for batch in batches {
      if let problem = batch.problem {
        throw SeriesError(.malformed, "a batch of \(batch.schema.name) with \(problem)")
      }
      guard let options = self.state.withLock({ $0.groups[batch.group]?.options }) else {
        throw SeriesError(.unknownGroup, "the group \(batch.group) is not known")
      }
      let expiry = options.expiry(now)
      var rest = batch
      if expiry > .min, batch.timestamps.contains(where: { $0 < expiry }) {
        let kept = (0..<UInt32(batch.count)).filter { batch.timestamps[Int($0)] >= expiry }
        outcome.expired += batch.count - kept.count
        rest = batch.gathering(kept)
      }
      guard rest.count > 0 else { continue }
      outcome.rows += rest.count
      // From the journal on: what repeats itself is written, kept and sorted as codes.
      rest.columns = rest.columns.map { $0.withDictionary() }
      try await self.cut(rest, options, &pieces)
    }
    return pieces
  }

  private func cut(
    _ batch: RowBatch, _ options: GroupOptions, _ pieces: inout [Placed]
  ) async throws(SeriesError) {
    var rows: [UInt32]?
    while true {
      let first = rows?.first ?? 0
      let segment = try self.segment(batch.group, options, of: batch.timestamps[Int(first)])
      let isHere: (UInt32) -> Bool = { segment.times.contains(batch.timestamps[Int($0)]) }
      let all = rows ?? []
      let outside =
        rows == nil
        ? (0..<UInt32(batch.count)).filter { !isHere($0) } : all.filter { !isHere($0) }
      let isWhole = rows == nil && outside.isEmpty
      let inside =
        isWhole
        ? batch
        : batch.gathering(
          rows == nil ? (0..<UInt32(batch.count)).filter(isHere) : all.filter(isHere))
      let shard = segment.shard(batch.shard)
      try await shard.learnSeries()
      var piece = WritePiece(batch: inside, times: segment.times)
      if !isWhole { piece.batch.series = Self.needed(inside) }
      shard.leaveOutKnown(&piece.batch.series, of: batch.schema.name)
      pieces.append(Placed(piece: piece, shard: shard))
      if outside.isEmpty { return }
      rows = outside
    }
  }

  /// The series entries that rows of this batch need.
  private static func needed(_ batch: RowBatch) -> SeriesRows {
    let ids = Set(batch.seriesIDs)
    let rows = (0..<UInt32(batch.series.ids.count)).filter {
      ids.contains(batch.series.ids[Int($0)])
    }
    return SeriesRows(
      ids: rows.map { batch.series.ids[Int($0)] },
      columns: batch.series.columns.map { $0.gathering(rows) })
  }

  /// The segment of a time, made when there is none. Nothing is written to disk for it yet.
  private func segment(
    _ group: String, _ options: GroupOptions, of time: Int64
  ) throws(SeriesError) -> Segment {
    try self.state.withLock { state throws(SeriesError) in
      guard !state.restoring.contains(group) else {
        throw SeriesError(
          .unavailable, "rows of group \(group) are coming back just now", hint: "try again")
      }
      if let segment = state.groups[group]?.segment(of: time) { return segment }
      var found = state.groups[group] ?? GroupState(options: options)
      let segment = Segment(
        group: group, times: found.newTimes(options, around: time),
        in: self.groupDirectory(group), on: self.disk)
      found.add(segment)
      state.groups[group] = found
      return segment
    }
  }

  /// Gives the call its place in the order, hands it to the journal, and waits for it.
  private func commit(_ pieces: [Placed]) async throws(SeriesError) {
    var record = WriteRecord.bytes(pieces.map(\.piece))
    let write = WriteState(.pending)
    let (sequence, ticket) = try self.enqueue(&record, pieces, write)
    let position: JournalPosition
    do {
      position = try await ticket.position()
    } catch {
      self.settle(write, after: error)
      throw SeriesError.journal(error)
    }
    self.noteJournal(position, sequence)
    write.settle(.durable)
  }

  private func enqueue(
    _ record: inout ByteWriter, _ pieces: [Placed], _ write: WriteState
  ) throws(SeriesError) -> (UInt64, JournalTicket) {
    let now = self.clock.now.nanoseconds
    var bytes = 0
    for placed in pieces { bytes += placed.piece.batch.byteCount }
    let result = self.order.withLock { order -> Result<(UInt64, JournalTicket), JournalError> in
      let sequence = order.sequence + 1
      record.overwrite(at: 0, littleEndian: sequence)
      do throws(JournalError) {
        let ticket = try self.journal.appendNoWait(record.bytes)
        order.sequence = sequence
        for placed in pieces {
          _ = placed.shard.insert(
            placed.piece.batch, sequence: sequence, state: write, now: now)
        }
        return .success((sequence, ticket))
      } catch {
        return .failure(error)
      }
    }
    switch result {
    case .success(let success):
      self.memoryBytes.add(bytes, ordering: .relaxed)
      return success
    case .failure(let error): throw SeriesError.journal(error)
    }
  }

  private func settle(_ write: WriteState, after error: JournalError) {
    if error.code != .outOfSpace {
      // Whether the rows survive is known after reopening only: nothing more is flushed or written.
      self.fail(SeriesError.journal(error))
    }
    write.settle(.void)
  }

  func fail(_ error: SeriesError) {
    self.state.withLock { state in
      if state.failure == nil {
        state.failure = SeriesError(
          .failed, "the engine stopped: \(error.message)",
          hint: "reopen it: what was acknowledged is there", file: error.file, cause: error)
      }
    }
  }

  var isFailed: Bool { self.state.withLock { $0.failure != nil } }
}

extension Shard {
  /// Leaves out the entries that the segment has already, so that the journal does not carry them.
  func leaveOutKnown(_ series: inout SeriesRows, of table: String) {
    let entries = series
    let salt = Self.salt(table)
    guard !entries.ids.isEmpty else { return }
    let rows = self.state.withLock { state in
      (0..<UInt32(entries.ids.count)).filter { row in
        let id = Self.seriesKey(entries.ids[Int(row)], salt)
        if state.known?.contains(id) ?? false { return false }
        return state.uncertain[id]?.phase != .durable
      }
    }
    guard rows.count < entries.ids.count else { return }
    series = SeriesRows(
      ids: rows.map { entries.ids[Int($0)] }, columns: entries.columns.map { $0.gathering(rows) })
  }
}
