internal import Bytes
internal import SeriesColumns

// An order over some rows of a section: entries sorted by prefix, key, time and series. The attachment is
// chunks of 4096 entries; a chunk is three pages, integer columns: keys, series, times.
//
// directory:
//   text     column of the key; varint count and texts of the prefix' columns (varint length, UTF-8)
//   varint   prefixes, then each: varint length and bytes (`orderPrefix`), varint entries, 8 bytes each:
//            least and greatest key
//   varint   chunks, then each: varint lengths of the three pages
//
// Rows without a key are in no order.

/// Gathers the entries of an order while rows go by.
struct OrderBuilder {
  static let chunkEntries = 4096

  struct Entry {
    var prefix: Int
    var key: Int64
    var series: UInt64
    var time: Int64
  }

  let order: OrderSchema
  private let keyPlace: Int
  private let prefixPlaces: [Int]
  private var codes: [[UInt8]: Int] = [:]
  private(set) var entries: [Entry] = []

  /// Nil when the section does not have the columns.
  init?(_ order: OrderSchema, _ section: PartSection) {
    func place(_ name: String) -> Int? { section.columns.firstIndex { $0.name == name } }
    guard let key = place(order.key), section.columns[key].type.isInteger else { return nil }
    let prefix = order.prefix.map { place($0) }
    guard !prefix.contains(nil) else { return nil }
    self.order = order
    self.keyPlace = key
    self.prefixPlaces = prefix.compactMap { $0 }
  }

  mutating func add(_ block: RowBlock) {
    let keys = block.columns[self.keyPlace]
    let prefix = self.prefixPlaces.map { block.columns[$0] }
    for run in block.runs {
      for row in run.rows where !keys.isNull(row) {
        let bytes = orderPrefix(prefix, row: row)
        let code = self.codes[bytes] ?? self.codes.count
        if code == self.codes.count { self.codes[bytes] = code }
        self.entries.append(
          Entry(
            prefix: code, key: keys.integers[row], series: run.seriesID,
            time: block.timestamps[row]))
      }
    }
  }

  /// All entries with their prefixes, sorted.
  func sorted() -> (prefixes: [[UInt8]], entries: [Entry]) {
    let prefixes = self.codes.keys.sorted { $0.lexicographicallyPrecedes($1) }
    var places = [Int](repeating: 0, count: prefixes.count)
    for (place, prefix) in prefixes.enumerated() { places[self.codes[prefix] ?? 0] = place }
    var entries = self.entries
    for index in entries.indices { entries[index].prefix = places[entries[index].prefix] }
    entries.sort {
      ($0.prefix, $0.key, $0.time, $0.series) < ($1.prefix, $1.key, $1.time, $1.series)
    }
    return (prefixes, entries)
  }

  func finish(_ encoder: PageEncoder) -> (bytes: [UInt8], directory: [UInt8]) {
    let (prefixes, entries) = self.sorted()
    var directory = ByteWriter()
    directory.append(counted: self.order.key)
    directory.append(varint: UInt64(self.order.prefix.count))
    for name in self.order.prefix { directory.append(counted: name) }
    directory.append(varint: UInt64(prefixes.count))
    var at = 0
    for (place, prefix) in prefixes.enumerated() {
      var end = at
      while end < entries.count, entries[end].prefix == place { end += 1 }
      directory.append(varint: UInt64(prefix.count))
      directory.append(prefix)
      directory.append(varint: UInt64(end - at))
      // Every prefix has an entry.
      directory.append(littleEndian: entries[at].key)
      directory.append(littleEndian: entries[end - 1].key)
      at = end
    }
    var bytes = ByteWriter()
    let chunks = (entries.count + Self.chunkEntries - 1) / Self.chunkEntries
    directory.append(varint: UInt64(chunks))
    for chunk in 0..<chunks {
      let start = chunk * Self.chunkEntries
      let piece = entries[start..<min(entries.count, start + Self.chunkEntries)]
      let columns = [
        piece.map(\.key), piece.map { Int64(bitPattern: $0.series) }, piece.map(\.time),
      ]
      for column in columns {
        let start = bytes.count
        encoder.append(Column(integers: column), to: &bytes)
        directory.append(varint: UInt64(bytes.count - start))
      }
    }
    return (bytes.bytes.array, directory.bytes.array)
  }
}

/// What an order's directory says.
struct OrderDirectory: Sendable {
  struct Prefix: Sendable {
    var bytes: [UInt8]
    /// Of the whole attachment.
    var entries: Range<Int>
    var keys: ClosedRange<Int64>
  }

  struct Chunk: Sendable {
    var offset: Int64
    var byteCounts: [Int]
  }

  private(set) var prefixes: [Prefix] = []
  private(set) var chunks: [Chunk] = []
  private(set) var entryCount = 0

  var pageBytes: [Int] { self.chunks.flatMap(\.byteCounts) }

  init(_ attachment: PartAttachment) throws(ColumnError) {
    var reader = DirectoryReader(attachment.directory)
    _ = try reader.text()
    for _ in 0..<(try reader.count(upTo: 1 << 16)) { _ = try reader.text() }
    for _ in 0..<(try reader.count(upTo: 1 << 28)) {
      let bytes = try reader.bytes(try reader.count(upTo: reader.remaining))
      let count = try reader.count(upTo: 1 << 32)
      let least = try reader.number(Int64.self)
      let greatest = try reader.number(Int64.self)
      guard least <= greatest, count > 0 else { throw ColumnError("a prefix of no entries") }
      self.prefixes.append(
        Prefix(
          bytes: bytes, entries: self.entryCount..<(self.entryCount + count),
          keys: least...greatest))
      self.entryCount += count
    }
    var offset = attachment.offset
    for _ in 0..<(try reader.count(upTo: 1 << 28)) {
      var byteCounts: [Int] = []
      for _ in 0..<3 { byteCounts.append(try reader.count(upTo: 1 << 30)) }
      self.chunks.append(Chunk(offset: offset, byteCounts: byteCounts))
      offset += byteCounts.reduce(0) { $0 + Int64($1) }
    }
    let wanted = (self.entryCount + OrderBuilder.chunkEntries - 1) / OrderBuilder.chunkEntries
    guard self.chunks.count == wanted else {
      throw ColumnError("\(self.chunks.count) chunks of \(self.entryCount) entries")
    }
  }
}
