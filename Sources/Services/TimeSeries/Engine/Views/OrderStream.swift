internal import SeriesColumns

/// The entries of one prefix of one part, or of memory, in the wanted direction.
final class OrderStream {
  private let prefix: [UInt8]
  private let request: OrderedRequest
  private let reader: OrderReader?
  /// Those of memory.
  private let entries: [OrderBuilder.Entry]
  /// What is left, as places in the attachment or in `entries`.
  private var left: Range<Int>
  private(set) var entry: OrderedEntry
  /// Whether `entry` is one, not only a bound for the key of the next.
  private(set) var isExact = false
  private(set) var isAtEnd = false

  init(_ reader: OrderReader, _ prefix: OrderDirectory.Prefix, _ request: OrderedRequest) {
    self.reader = reader
    self.prefix = prefix.bytes
    self.request = request
    self.entries = []
    self.left = prefix.entries
    let bound =
      request.descending
      ? min(prefix.keys.upperBound, request.keys.upperBound)
      : max(prefix.keys.lowerBound, request.keys.lowerBound)
    self.entry = OrderedEntry(key: bound, seriesID: 0, timestamp: 0, prefix: prefix.bytes)
  }

  init(_ entries: [OrderBuilder.Entry], _ prefix: [UInt8], _ request: OrderedRequest) {
    self.reader = nil
    self.prefix = prefix
    self.request = request
    self.entries = entries
    self.left = 0..<entries.count
    self.entry = OrderedEntry(key: 0, seriesID: 0, timestamp: 0, prefix: prefix)
    while !self.left.isEmpty, !self.take(entries[self.nextPlace]) {}
    if !self.isExact { self.isAtEnd = true }
  }

  private var nextPlace: Int {
    self.request.descending ? self.left.upperBound - 1 : self.left.lowerBound
  }

  func isBefore(_ other: OrderStream) -> Bool {
    if self.entry.key != other.entry.key {
      return self.request.descending
        ? self.entry.key > other.entry.key : self.entry.key < other.entry.key
    }
    // Bounds are settled first, so that equal keys come in one order whatever was read.
    if self.isExact != other.isExact { return !self.isExact }
    let left = (self.entry.timestamp, self.entry.seriesID)
    let right = (other.entry.timestamp, other.entry.seriesID)
    return self.request.descending ? left > right : left < right
  }

  /// Takes the next place; false when its entry is not wanted.
  private func take(_ found: OrderBuilder.Entry) -> Bool {
    self.left =
      self.request.descending
      ? self.left.lowerBound..<(self.left.upperBound - 1)
      : (self.left.lowerBound + 1)..<self.left.upperBound
    let isBeyond =
      self.request.descending
      ? found.key < self.request.keys.lowerBound : found.key > self.request.keys.upperBound
    if isBeyond {
      self.left = self.left.lowerBound..<self.left.lowerBound
      return false
    }
    guard self.request.keys.contains(found.key), self.request.times.contains(found.time) else {
      return false
    }
    self.entry = OrderedEntry(
      key: found.key, seriesID: found.series, timestamp: found.time, prefix: self.prefix)
    self.isExact = true
    return true
  }

  /// Makes `entry` the best that is left.
  func load() async throws(SeriesError) {
    self.isExact = false
    while !self.left.isEmpty {
      let place = self.nextPlace
      let found: OrderBuilder.Entry
      if let reader = self.reader {
        found = try await reader.entry(place)
      } else {
        found = self.entries[place]
      }
      if self.take(found) { return }
    }
    self.isAtEnd = true
  }

  func advance() async throws(SeriesError) { try await self.load() }
}

/// Reads the chunks of one order of one part; the latest few stay in memory.
final class OrderReader {
  private struct Chunk {
    var number: Int
    var keys: [Int64]
    var series: [Int64]
    var times: [Int64]
  }

  private static let chunksMax = 16

  private let part: Part
  private let directory: OrderDirectory
  private let window = ReadWindow()
  private let decoder = PageDecoder()
  private var chunks: [Chunk] = []

  init(_ part: Part, _ directory: OrderDirectory) {
    self.part = part
    self.directory = directory
  }

  func entry(_ place: Int) async throws(SeriesError) -> OrderBuilder.Entry {
    let number = place / OrderBuilder.chunkEntries
    if self.chunks.last?.number != number { try await self.read(number) }
    let chunk = self.chunks[self.chunks.count - 1]
    let at = place % OrderBuilder.chunkEntries
    guard at < chunk.keys.count else {
      throw SeriesError.damaged(self.part.path, "an order ends before entry \(place)")
    }
    return OrderBuilder.Entry(
      prefix: 0, key: chunk.keys[at], series: UInt64(bitPattern: chunk.series[at]),
      time: chunk.times[at])
  }

  /// Brings a chunk to the end of those in memory.
  private func read(_ number: Int) async throws(SeriesError) {
    if let at = self.chunks.firstIndex(where: { $0.number == number }) {
      self.chunks.append(self.chunks.remove(at: at))
      return
    }
    guard number < self.directory.chunks.count else {
      throw SeriesError.damaged(self.part.path, "an order has no chunk \(number)")
    }
    let chunk = self.directory.chunks[number]
    let bytes = try await self.window.bytes(
      of: self.part.file, at: chunk.offset, chunk.byteCounts.reduce(0, +), ahead: 0)
    do throws(ColumnError) {
      var columns: [[Int64]] = []
      var start = 0
      for count in chunk.byteCounts {
        let page = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
        columns.append(try self.decoder.column(page, .integer).integers)
        start += count
      }
      guard columns[0].count == columns[1].count, columns[0].count == columns[2].count else {
        throw ColumnError("pages of different lengths")
      }
      self.chunks.append(
        Chunk(number: number, keys: columns[0], series: columns[1], times: columns[2]))
    } catch {
      throw SeriesError.damaged(self.part.path, "a chunk of an order: \(error.message)")
    }
    if self.chunks.count > Self.chunksMax { self.chunks.removeFirst() }
  }
}
