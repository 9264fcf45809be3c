public import SeriesColumns

/// Gives the entries of an order, the best key first, and of equal keys in the order of time and series.
/// Chunks are read when their turn comes: the first twenty entries of millions touch a few pages. For one
/// task.
public struct OrderedCursor {
  private let view: ShardView
  private let request: OrderedRequest
  private var streams: [OrderStream] = []
  private var isBegun = false

  init(_ view: ShardView, _ request: OrderedRequest) {
    self.view = view
    self.request = request
  }

  /// The next entry; nil at the end.
  public mutating func next() async throws(SeriesError) -> OrderedEntry? {
    if !self.isBegun {
      self.isBegun = true
      try self.begin()
    }
    // Streams are a heap by the best key that each may still have.
    while let best = self.streams.first {
      if best.isExact {
        let entry = best.entry
        try await best.advance()
        self.settleFirst()
        return entry
      }
      // Its key was a bound only: read, and look again who is first.
      try await best.load()
      self.settleFirst()
    }
    return nil
  }

  private mutating func begin() throws(SeriesError) {
    guard let times = self.view.times(self.request.times) else { return }
    let key = PartSection.Key(table: self.request.table, isSeries: false)
    for part in self.view.damaged
    where part.record.rows > 0
      && (part.record.leastTime...part.record.greatestTime).overlaps(times)
    {
      throw part.error
    }
    var request = self.request
    request.times = times
    for part in self.view.parts {
      guard let section = part.sections[key] else { continue }
      for attachment in section.attachments
      where attachment.kind == .order && attachment.name == request.order {
        try self.add(part, attachment, request)
      }
    }
    self.addMemory(request)
    self.makeHeap()
  }

  private mutating func add(
    _ part: Part, _ attachment: PartAttachment, _ request: OrderedRequest
  ) throws(SeriesError) {
    let directory: OrderDirectory
    do throws(ColumnError) {
      directory = try OrderDirectory(attachment)
    } catch {
      throw SeriesError.damaged(part.path, "the directory of an order: \(error.message)")
    }
    let wanted = request.prefixes.map { Set($0) }
    let reader = OrderReader(part, directory)
    for prefix in directory.prefixes
    where (wanted?.contains(prefix.bytes) ?? true) && prefix.keys.overlaps(request.keys) {
      self.streams.append(OrderStream(reader, prefix, request))
    }
  }

  private mutating func addMemory(_ request: OrderedRequest) {
    let chunks = self.view.chunks(request.table)
    guard let schema = chunks.last?.schema,
      let order = schema.orders.first(where: { $0.name == request.order })
    else { return }
    let names = order.prefix + [order.key]
    let columns = MemoryRows.columns(chunks) { $0.columns }.filter { names.contains($0.name) }
    var section = PartSection(
      key: PartSection.Key(table: request.table, isSeries: false), kind: schema.kind,
      columns: columns)
    section.rowCount = 0
    guard var builder = OrderBuilder(order, section) else { return }
    builder.add(MemoryRows.sorted(chunks, schema.kind, RowSelection(columns: columns)))
    let (prefixes, entries) = builder.sorted()
    let wanted = request.prefixes.map { Set($0) }
    var start = 0
    for (place, prefix) in prefixes.enumerated() {
      var end = start
      while end < entries.count, entries[end].prefix == place { end += 1 }
      if wanted?.contains(prefix) ?? true, end > start {
        self.streams.append(OrderStream(Array(entries[start..<end]), prefix, request))
      }
      start = end
    }
  }

  private mutating func makeHeap() {
    self.streams.removeAll { $0.isAtEnd }
    for index in stride(from: self.streams.count / 2 - 1, through: 0, by: -1) { self.sink(index) }
  }

  private mutating func settleFirst() {
    if self.streams[0].isAtEnd {
      self.streams.swapAt(0, self.streams.count - 1)
      self.streams.removeLast()
    }
    if !self.streams.isEmpty { self.sink(0) }
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var best = index
      for child in [2 * index + 1, 2 * index + 2] where child < self.streams.count {
        if self.streams[child].isBefore(self.streams[best]) { best = child }
      }
      if best == index { return }
      self.streams.swapAt(index, best)
      index = best
    }
  }
}
