public import SeriesColumns

/// Reading a shard of a view.
extension ShardView {
  /// The entries of a table's series, by id: those that may match all of `terms`, and perhaps others.
  ///
  /// Throws `damaged` when a part with entries cannot be read.
  public func series(
    table: String, terms: [IndexTerms] = [], columns: [ColumnSchema]
  ) async throws(SeriesError) -> SeriesRows {
    for part in self.damaged where part.record.series > 0 { throw part.error }
    let key = PartSection.Key(table: table, isSeries: true)
    var sources: [any RowSource] = []
    var kind = TableKind.measure
    for part in self.parts {
      guard let section = part.sections[key] else { continue }
      kind = section.kind
      var selection = RowSelection(columns: columns)
      try await selection.narrow(part, section, terms, self.cache)
      sources.append(PartCursor.make(part, section, selection, self.cache))
    }
    sources.append(
      MemorySource.make(MemoryRows.series(self.chunks(table), columns: columns)))
    let cursor = MergeCursor.make(sources, kind, isSeries: true)
    var blocks: [RowBlock] = []
    while let block = try await cursor.next() { blocks.append(block) }
    let rows = RowBlock(joining: blocks, columns: columns.map(\.type))
    return SeriesRows(ids: rows.seriesIDs(), columns: rows.columns)
  }

  /// Rows of a table, block by block: sorted by series, time, and version from the highest.
  public func scan(_ request: ScanRequest) -> ScanCursor { ScanCursor(self, request) }

  /// Entries of an order of a table, lazily, the best key first.
  public func ordered(_ request: OrderedRequest) -> OrderedCursor { OrderedCursor(self, request) }

  /// The least time that is still to be read.
  func times(_ wanted: ClosedRange<Int64>) -> ClosedRange<Int64>? {
    guard self.expiry <= wanted.upperBound else { return nil }
    return max(wanted.lowerBound, self.expiry)...wanted.upperBound
  }
}

/// What a scan has cost so far.
public struct ScanStatistics: Sendable, Hashable {
  public var parts = 0
  /// In all parts that have the table.
  public var blocks = 0
  /// Those that were read and decoded; the others were left out by series, time or an index, or are to come.
  public var blocksRead = 0
  public var bytesRead = 0

  public init() {}
}

/// Gives the rows of a scan. For one task.
public struct ScanCursor {
  private let view: ShardView
  private let request: ScanRequest
  private var cursor: (any RowSource)?
  /// Of documents the newest counts, whatever its time: times are looked at after duplicates.
  private var timesAfter: ClosedRange<Int64>?
  private var isBegun = false
  private var narrowed: ClosedRange<Int64>?
  private var parts: [PartCursor] = []

  init(_ view: ShardView, _ request: ScanRequest) {
    self.view = view
    self.request = request
  }

  /// The next block, never an empty one; nil at the end. Throws `damaged`, naming the file, where bytes are
  /// not what was written.
  public mutating func next() async throws(SeriesError) -> RowBlock? {
    if !self.isBegun {
      self.isBegun = true
      try await self.begin()
    }
    while let block = try await self.cursor?.next() {
      guard let times = self.timesAfter else { return block }
      let rows = (0..<UInt32(block.count)).filter { times.contains(block.timestamps[Int($0)]) }
      if rows.count == block.count { return block }
      if !rows.isEmpty { return block.gathering(rows) }
    }
    return nil
  }

  /// Rows of other times are not wanted any more; some may still come. Of documents all are looked at, as the
  /// newest may lie anywhere.
  public mutating func narrow(to times: ClosedRange<Int64>) {
    self.narrowed = times
    guard self.timesAfter == nil else { return }
    for part in self.parts { part.narrow(to: times) }
  }

  /// For the trace of a query.
  public var statistics: ScanStatistics {
    var statistics = ScanStatistics()
    for part in self.parts {
      statistics.parts += 1
      statistics.blocks += part.blockCount
      statistics.blocksRead += part.blocksRead
      statistics.bytesRead += part.bytesRead
    }
    return statistics
  }

  private mutating func begin() async throws(SeriesError) {
    guard let times = self.view.times(self.request.times) else { return }
    let table = self.request.table
    let key = PartSection.Key(table: table, isSeries: false)
    let chunks = self.view.chunks(table)
    let kind = self.kind(key, chunks)
    for part in self.view.damaged where part.record.rows > 0 {
      let holds = part.record.leastTime...part.record.greatestTime
      if kind == .document || holds.overlaps(times) { throw part.error }
    }
    guard let kind else { return }
    if kind == .document { self.timesAfter = times }
    var selection = RowSelection(columns: self.request.columns)
    selection.times = kind == .document ? nil : times
    selection.series = self.request.series
    let holders = self.view.parts.filter { $0.sections[key] != nil }
    // Where rows of several sources may replace each other, their versions decide.
    let isAlone = holders.count + (chunks.isEmpty ? 0 : 1) == 1
    selection.readsVersions = self.request.readsVersions || kind.isKeyed && !isAlone
    var sources: [any RowSource] = []
    for part in holders {
      guard let section = part.sections[key] else { continue }
      var narrowed = selection
      if !kind.isKeyed {
        try await narrowed.narrow(part, section, self.request.terms, self.view.cache)
      }
      if kind == .trace { try await narrowed.narrow(series: part, section) }
      let cursor = PartCursor.make(part, section, narrowed, self.view.cache)
      self.parts.append(cursor)
      sources.append(cursor)
    }
    if !chunks.isEmpty {
      var rows = MemoryRows.sorted(chunks, kind, selection)
      if !selection.readsVersions { rows.versions = [] }
      sources.append(MemorySource.make(rows))
    }
    self.cursor = MergeCursor.make(sources, kind)
    if let narrowed = self.narrowed { self.narrow(to: narrowed) }
  }

  private func kind(_ key: PartSection.Key, _ chunks: [MemoryChunk]) -> TableKind? {
    if let chunk = chunks.last { return chunk.schema.kind }
    return self.view.parts.lazy.compactMap { $0.sections[key]?.kind }.last
  }
}
