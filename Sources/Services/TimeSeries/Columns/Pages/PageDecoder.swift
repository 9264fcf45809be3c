private import Bytes
private import Compression

/// Reads pages, each proven by its checksum first. It keeps its memory: for one task at a time.
public final class PageDecoder {
  private var unpacker = ZstdUnpacker()
  private var room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)

  public init() {}
  deinit { self.room.deallocate() }

  /// - Parameter picks: the rows that are wanted; nil for all.
  public func column(
    _ page: UnsafeRawBufferPointer, _ type: ColumnType, picking picks: RowPicks? = nil
  ) throws(ColumnError) -> Column {
    try self.column(.stored(page), type, picking: picks)
  }

  /// - Parameter picks: the rows that are wanted; nil for all.
  public func column(
    _ page: PageForm, _ type: ColumnType, picking picks: RowPicks? = nil
  ) throws(ColumnError) -> Column {
    try self.opening(page) { (header, payload) throws(ColumnError) in
      guard header.content == .column, header.type == type else {
        throw ColumnError("a page of \(header.content) of type \(header.type) instead of \(type)")
      }
      var reader = PayloadReader(payload)
      var column = Column(type)
      column.count = header.rows
      if header.nulls > 0 { try column.read(nulls: header.nulls, &reader) }
      guard let picks else {
        try column.read(valuesFrom: &reader)
        return column
      }
      guard picks.end <= header.rows else {
        throw ColumnError("row \(picks.end) of a page of \(header.rows)")
      }
      return try column.reading(picks, from: &reader)
    }
  }

  public func runs(_ page: UnsafeRawBufferPointer) throws(ColumnError) -> [SeriesRun] {
    let (header, stored) = try PageHeader.read(page)
    guard header.content == .runs else {
      throw ColumnError("a page of \(header.content), not runs")
    }
    var reader = PayloadReader(try self.payload(header, stored))
    let count = try reader.count(upTo: header.rows)
    let ids = try IntegerCodec.read(&reader, count)
    let lengths = try IntegerCodec.read(&reader, count)
    var runs: [SeriesRun] = []
    runs.reserveCapacity(count)
    var at = 0
    for index in 0..<count {
      guard lengths[index] > 0, lengths[index] <= Int64(header.rows - at) else {
        throw ColumnError("a run of \(lengths[index]) rows where \(header.rows - at) are left")
      }
      let end = at + Int(lengths[index])
      runs.append(SeriesRun(seriesID: UInt64(bitPattern: ids[index]), rows: at..<end))
      at = end
    }
    guard at == header.rows else { throw ColumnError("runs of \(at) rows of \(header.rows)") }
    return runs
  }

  /// The times of some of the runs, one after the other; nil for all.
  public func times(
    _ page: PageForm, _ runs: [SeriesRun], of wanted: [Int]?
  ) throws(ColumnError) -> [Int64] {
    try self.opening(page) { (header, payload) throws(ColumnError) in
      let count = runs.last?.rows.upperBound ?? 0
      guard header.content == .times, header.rows == count else {
        throw ColumnError("a page of \(header.rows) \(header.content), not of \(count) times")
      }
      var reader = PayloadReader(payload)
      guard let wanted else { return try TimeCodec.read(&reader, runs, count) }
      return try TimeCodec.read(&reader, runs, count, of: wanted)
    }
  }

  /// The page, to be kept.
  public func prove(_ page: UnsafeRawBufferPointer) throws(ColumnError) -> ProvenPage {
    let (header, stored) = try PageHeader.read(page)
    return ProvenPage(header: header, payload: Array(try self.payload(header, stored)))
  }

  /// The range that a page's header states, without looking further.
  public static func range(_ page: UnsafeRawBufferPointer) throws(ColumnError) -> PageRange {
    try PageHeader.read(page).0.range
  }

  @inline(__always) private func opening<R>(
    _ page: PageForm,
    _ body: (PageHeader, UnsafeRawBufferPointer) throws(ColumnError) -> R
  ) throws(ColumnError) -> R {
    switch page {
    case .stored(let bytes):
      let (header, stored) = try PageHeader.read(bytes)
      return try body(header, try self.payload(header, stored))
    case .proven(let page):
      return try page.payload.span.bytes.withUnsafeBytes { (payload) throws(ColumnError) in
        try body(page.header, payload)
      }
    }
  }

  private func payload(
    _ header: PageHeader, _ stored: UnsafeRawBufferPointer
  ) throws(ColumnError) -> UnsafeRawBufferPointer {
    guard header.isCompressed else {
      guard header.payloadBytes == stored.count else {
        throw ColumnError("\(stored.count) bytes of a payload of \(header.payloadBytes)")
      }
      return stored
    }
    if self.room.count < header.payloadBytes {
      self.room.deallocate()
      self.room = .allocate(byteCount: header.payloadBytes, alignment: 64)
    }
    let target = UnsafeMutableRawBufferPointer(rebasing: self.room[..<header.payloadBytes])
    guard self.unpacker.unpack(stored, into: target) else {
      throw ColumnError("a compressed payload that does not hold \(header.payloadBytes) bytes")
    }
    return UnsafeRawBufferPointer(target)
  }
}

extension Column {
  /// More elements than this in the lists of one page are damage, not data.
  private static let elementCountMax = 1 << 27

  mutating func read(nulls count: Int, _ reader: inout PayloadReader) throws(ColumnError) {
    let bits = try reader.take((self.count + 7) / 8)
    self.nulls = [UInt64](repeating: 0, count: (self.count + 63) / 64)
    for byte in 0..<((self.count + 7) / 8) {
      let value = UInt64(bits.load(fromByteOffset: byte, as: UInt8.self))
      self.nulls[byte >> 3] |= value << UInt64((byte & 7) * 8)
    }
    self.nullCount = self.nulls.reduce(0) { $0 + $1.nonzeroBitCount }
    guard self.nullCount == count else {
      throw ColumnError("\(self.nullCount) null rows instead of \(count)")
    }
  }

  mutating func read(valuesFrom reader: inout PayloadReader) throws(ColumnError) {
    switch self.type {
    case .integer, .timestamp: self.integers = try IntegerCodec.read(&reader, self.count)
    case .float: self.floats = try FloatCodec.read(&reader, self.count)
    case .string, .binary: self.take(try BytesCodec.read(&reader, self.count))
    case .integers, .strings:
      let lengths = try IntegerCodec.read(&reader, self.count)
      self.lists = [0]
      self.lists.reserveCapacity(self.count + 1)
      var end: Int64 = 0
      for length in lengths {
        guard length >= 0, length <= Int64(Self.elementCountMax) - end else {
          throw ColumnError("a list of \(length) elements")
        }
        end += length
        self.lists.append(UInt32(end))
      }
      if self.type == .integers {
        self.integers = try IntegerCodec.read(&reader, Int(end))
      } else {
        self.take(try BytesCodec.readPlain(&reader, Int(end)))
      }
    }
  }

  /// The picked rows of a column whose nulls were read.
  func reading(
    _ picks: RowPicks, from reader: inout PayloadReader
  ) throws(ColumnError) -> Column {
    var result = Column(self.type)
    switch self.type {
    case .integer, .timestamp:
      result.integers = try IntegerCodec.read(&reader, self.count, picking: picks)
    case .float: result.floats = try FloatCodec.read(&reader, self.count, picking: picks)
    case .string, .binary, .integers, .strings:
      var whole = self
      try whole.read(valuesFrom: &reader)
      return whole.gathering(picks.rows)
    }
    result.count = picks.count
    guard self.hasNulls else { return result }
    var place = 0
    for range in picks.ranges {
      for row in range {
        if self.isNull(row) { result.markNull(place) }
        place += 1
      }
    }
    return result
  }

  private mutating func take(_ entries: BytesCodec.Entries) {
    self.codes = entries.codes
    self.offsets = entries.offsets
    self.bytes = entries.bytes
  }
}
