internal import Bytes
internal import Roaring
internal import SeriesColumns

// The terms of a column over some rows of a section, `attachment.firstRow` and the ones behind it. The
// attachment is chunks of up to 256 terms (1024 in older parts), in the order of their bytes; a chunk is two pages:
//
//   binary column   the terms
//   binary column   for each the rows that have it, less `firstRow`: a roaring bitmap, portable format
//
// directory: varint chunks, then each: varint length and bytes of its first term, varint lengths of the
// two pages.

/// Gathers the terms of a column while its rows go by.
struct TermBuilder {
  /// Who looks for a term reads a chunk.
  static let chunkTerms = 256

  private let analyzer: Analyzer
  private var codes: [[UInt8]: Int] = [:]
  private var rows: [[UInt32]] = []
  private(set) var byteCount = 0

  init(_ analyzer: Analyzer) { self.analyzer = analyzer }

  var isEmpty: Bool { self.rows.isEmpty }

  mutating func add(_ column: Column, firstRow: UInt32) {
    guard column.type == .string, !column.codes.isEmpty else {
      for row in 0..<column.count {
        for term in IndexTerm.of(column, row: row, self.analyzer) {
          self.note(term, firstRow + UInt32(row))
        }
      }
      return
    }
    // Of a dictionary each entry is taken apart once.
    var places: [[Int]?] = Array(repeating: nil, count: column.offsets.count - 1)
    for row in 0..<column.count where !column.isNull(row) {
      let entry = column.entry(row)
      if places[entry] == nil {
        places[entry] = IndexTerm.of(column, row: row, self.analyzer).map { self.place($0) }
      }
      for place in places[entry] ?? [] { self.note(place, firstRow + UInt32(row)) }
    }
  }

  private mutating func place(_ term: [UInt8]) -> Int {
    if let place = self.codes[term] { return place }
    let place = self.rows.count
    self.codes[term] = place
    self.rows.append([])
    self.byteCount += term.count + 64
    return place
  }

  private mutating func note(_ term: [UInt8], _ row: UInt32) {
    self.note(self.place(term), row)
  }

  private mutating func note(_ place: Int, _ row: UInt32) {
    // A word that a text has twice.
    guard self.rows[place].last != row else { return }
    self.rows[place].append(row)
    self.byteCount += 4
  }

  /// The attachment's bytes and directory.
  func finish(_ encoder: PageEncoder) -> (bytes: [UInt8], directory: [UInt8]) {
    let order = self.codes.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    var bytes = ByteWriter()
    var directory = ByteWriter()
    let chunks = (order.count + Self.chunkTerms - 1) / Self.chunkTerms
    directory.append(varint: UInt64(chunks))
    for chunk in 0..<chunks {
      let range = (chunk * Self.chunkTerms)..<min(order.count, (chunk + 1) * Self.chunkTerms)
      var terms = Column(.binary)
      var bitmaps = Column(.binary)
      for (term, place) in order[range] {
        terms.append(bytes: term)
        let set = RoaringSet()
        for row in self.rows[place] { set.insert(row) }
        var writer = ByteWriter()
        set.append(to: &writer)
        writer.withUnsafeBytes { bitmaps.append(bytes: $0) }
      }
      directory.append(varint: UInt64(order[range.lowerBound].key.count))
      directory.append(order[range.lowerBound].key)
      for column in [terms, bitmaps] {
        let start = bytes.count
        encoder.append(column, to: &bytes)
        directory.append(varint: UInt64(bytes.count - start))
      }
    }
    return (bytes.bytes.array, directory.bytes.array)
  }
}

/// Where the chunks of a term index begin.
struct TermDirectory: Sendable {
  private struct Chunk {
    var first: [UInt8]
    var offset: Int64
    var termBytes: Int
    var bitmapBytes: Int
  }

  private var chunks: [Chunk] = []

  var pageBytes: [Int] { self.chunks.flatMap { [$0.termBytes, $0.bitmapBytes] } }

  init(_ attachment: PartAttachment) throws(ColumnError) {
    var reader = DirectoryReader(attachment.directory)
    var offset = attachment.offset
    for _ in 0..<(try reader.count(upTo: 1 << 24)) {
      let first = try reader.bytes(try reader.count(upTo: reader.remaining))
      let termBytes = try reader.count(upTo: 1 << 30)
      let bitmapBytes = try reader.count(upTo: 1 << 30)
      self.chunks.append(
        Chunk(first: first, offset: offset, termBytes: termBytes, bitmapBytes: bitmapBytes))
      offset += Int64(termBytes + bitmapBytes)
    }
  }

  /// The rows, less the attachment's first one, that have any of the terms.
  func rows(
    _ terms: [[UInt8]], in part: Part, _ cache: PageCache
  ) async throws(SeriesError) -> RoaringSet {
    let found = RoaringSet()
    var byChunk: [Int: [[UInt8]]] = [:]
    for term in terms {
      let chunk = term.withUnsafeBytes { self.chunksBegun(before: $0) } - 1
      if chunk >= 0 { byChunk[chunk, default: []].append(term) }
    }
    for (number, wanted) in byChunk {
      let (terms, bitmaps) = try await self.pages(self.chunks[number], part, cache)
      do throws(ColumnError) {
        try Self.find(wanted, terms, bitmaps, into: found)
      } catch {
        throw SeriesError.damaged(part.path, "a chunk of terms: \(error.message)")
      }
    }
    return found
  }

  private func pages(
    _ chunk: Chunk, _ part: Part, _ cache: PageCache
  ) async throws(SeriesError) -> (terms: Column, bitmaps: Column) {
    let termKey = PageCache.Key(part: part.id, offset: chunk.offset)
    let bitmapKey = PageCache.Key(part: part.id, offset: chunk.offset + Int64(chunk.termBytes))
    if case .column(let terms) = cache.page(termKey),
      case .column(let bitmaps) = cache.page(bitmapKey)
    {
      return (terms, bitmaps)
    }
    let pages = try await Part.read(
      part.file, at: chunk.offset, chunk.termBytes + chunk.bitmapBytes)
    let columns: [Column]
    do throws(ColumnError) {
      columns = try pages.decoding { bytes, decoder throws(ColumnError) in
        let (terms, bitmaps) = (bytes[..<chunk.termBytes], bytes[chunk.termBytes...])
        return [
          try decoder.column(UnsafeRawBufferPointer(rebasing: terms), .binary),
          try decoder.column(UnsafeRawBufferPointer(rebasing: bitmaps), .binary),
        ]
      }
    } catch {
      throw SeriesError.damaged(part.path, "a chunk of terms: \(error.message)")
    }
    cache.keep(.column(columns[0]), termKey)
    cache.keep(.column(columns[1]), bitmapKey)
    return (columns[0], columns[1])
  }

  /// How many chunks begin with `term` or a term before it.
  private func chunksBegun(before term: UnsafeRawBufferPointer) -> Int {
    var (low, high) = (0, self.chunks.count)
    while low < high {
      let middle = (low + high) / 2
      if self.chunks[middle].first.withUnsafeBytes({ $0.order(to: term) > 0 }) {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low
  }

  private static func find(
    _ wanted: [[UInt8]], _ terms: Column, _ bitmaps: Column, into found: RoaringSet
  ) throws(ColumnError) {
    for term in wanted {
      guard let row = Self.row(of: term, in: terms) else { continue }
      guard row < bitmaps.count else { throw ColumnError("a term without rows") }
      let set = bitmaps.withBytes(row) { RoaringSet.read($0.bytes)?.set }
      guard let set else { throw ColumnError("a bitmap of rows that is none") }
      found.formUnion(set)
    }
  }

  private static func row(of term: [UInt8], in terms: Column) -> Int? {
    term.withUnsafeBytes { term in
      var (low, high) = (0, terms.count)
      while low < high {
        let middle = (low + high) / 2
        let order = terms.withBytes(middle) { $0.order(to: term) }
        if order == 0 { return middle }
        if order < 0 { low = middle + 1 } else { high = middle }
      }
      return nil
    }
  }
}
