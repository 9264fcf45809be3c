internal import Bytes
internal import SeriesColumns

/// Gathers what is written beside the blocks of a section while they go by: terms, filters, orders.
///
/// Memory: terms and orders are written for at most `spanRows` rows, or about `spanBytes`, at a time.
struct SectionAttachments {
  struct Ready {
    var attachment: PartAttachment
    var bytes: [UInt8]
  }

  static let spanRows = 512 << 10
  static let spanBytes = 24 << 20
  /// Of more series there is no filter.
  static let filterSeriesMax = 4 << 20

  private let section: PartSection
  private let encoder = PageEncoder(.fast)
  private var ready: [Ready] = []
  private var firstRow = 0
  private var rowCount = 0
  /// Column → its terms so far.
  private var terms: [Int: TermBuilder] = [:]
  private var orders: [OrderBuilder] = []
  /// Column → the filter of each block.
  private var filters: [Int: Column] = [:]
  private var series: [UInt64] = []

  init(_ section: PartSection, orders: [OrderSchema]) {
    self.section = section
    // Rows of keyed tables are found by their series.
    guard section.key.isSeries || !section.kind.isKeyed else { return }
    for (place, column) in section.columns.enumerated() {
      switch column.index {
      case .none: break
      case .inverted(let analyzer): self.terms[place] = TermBuilder(analyzer)
      case .skipping: self.filters[place] = Column(.binary)
      }
    }
    guard !section.key.isSeries else { return }
    self.orders = orders.compactMap { OrderBuilder($0, section) }
  }

  var hasReady: Bool { !self.ready.isEmpty }

  mutating func takeReady() -> [Ready] {
    defer { self.ready = [] }
    return self.ready
  }

  mutating func add(_ block: RowBlock) {
    let first = UInt32(self.rowCount - self.firstRow)
    for place in self.terms.keys { self.terms[place]?.add(block.columns[place], firstRow: first) }
    for index in self.orders.indices { self.orders[index].add(block) }
    for place in self.filters.keys { self.addFilter(place, block.columns[place]) }
    if self.section.kind == .trace, self.series.count <= Self.filterSeriesMax {
      for run in block.runs where run.seriesID != self.series.last {
        self.series.append(run.seriesID)
      }
    }
    self.rowCount += block.count
    let bytes = self.terms.values.reduce(0) { $0 + $1.byteCount }
    if self.rowCount - self.firstRow >= Self.spanRows || bytes >= Self.spanBytes {
      self.finishSpan()
    }
  }

  private mutating func addFilter(_ place: Int, _ column: Column) {
    var hashes: Set<UInt64> = []
    for row in 0..<column.count {
      for term in IndexTerm.of(column, row: row) { hashes.insert(SplitBlockFilter.hash(term)) }
    }
    self.filters[place]?.append(bytes: SplitBlockFilter(hashes).bytes)
  }

  /// Writes terms and orders of the rows since the last time.
  mutating func finishSpan() {
    for (place, builder) in self.terms.sorted(by: { $0.key < $1.key }) {
      guard case .inverted(let analyzer) = self.section.columns[place].index else { continue }
      if !builder.isEmpty {
        self.add(.terms, self.section.columns[place].name, builder.finish(self.encoder))
      }
      self.terms[place] = TermBuilder(analyzer)
    }
    for index in self.orders.indices {
      let order = self.orders[index].order
      if !self.orders[index].entries.isEmpty {
        self.add(.order, order.name, self.orders[index].finish(self.encoder))
      }
      if let next = OrderBuilder(order, self.section) { self.orders[index] = next }
    }
    self.firstRow = self.rowCount
  }

  mutating func finish() {
    if self.rowCount > self.firstRow { self.finishSpan() }
    for (place, filters) in self.filters.sorted(by: { $0.key < $1.key }) where filters.count > 0 {
      self.add(.blockFilters, self.section.columns[place].name, (self.page(filters), []))
    }
    if !self.series.isEmpty, self.series.count <= Self.filterSeriesMax {
      var filter = Column(.binary)
      filter.append(bytes: SplitBlockFilter(self.series).bytes)
      self.add(.seriesFilter, "", (self.page(filter), []))
    }
  }

  private func page(_ column: Column) -> [UInt8] {
    var writer = ByteWriter()
    self.encoder.append(column, to: &writer)
    return writer.bytes.array
  }

  private mutating func add(
    _ kind: PartAttachment.Kind, _ name: String, _ made: (bytes: [UInt8], directory: [UInt8])
  ) {
    let attachment = PartAttachment(
      kind: kind, name: name, firstRow: self.firstRow, directory: made.directory)
    self.ready.append(Ready(attachment: attachment, bytes: made.bytes))
  }
}
