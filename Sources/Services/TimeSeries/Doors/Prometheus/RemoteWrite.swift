import Bytes
import SeriesColumns
import SeriesSchema

/// The series of one request, written into a group piece by piece.
struct RemoteWrite: ~Copyable {
  private static let nameLabel: StaticString = "__name__"
  /// How Prometheus says that a series has ended: a not-a-number with these bits.
  private static let staleBits: UInt64 = 0x7FF0_0000_0000_0002

  private let version: RemoteVersion
  private var symbols = RemoteSymbols()
  private var point = DoorPoint()
  private var at = 0
  private var number = 0
  /// Series that wait for the schema: where they stand in the body, and their number.
  private var pending: [(range: Range<Int>, number: Int)] = []
  private(set) var failures = DoorFailures()
  private(set) var samplesWritten = 0

  init(_ version: RemoteVersion) { self.version = version }

  /// Writes the samples of `body`. What throws has stopped the rest from being written.
  mutating func write(
    _ body: borrowing ByteWriter, _ session: inout DoorSession
  ) async throws(SeriesFault) {
    var isMore = true
    do throws(RemoteError) {
      if self.version == .two { self.symbols = try RemoteSymbols(body.bytes) }
    } catch {
      throw Self.malformed
    }
    while isMore {
      do throws(RemoteError) {
        isMore = try self.fill(body.bytes, &session)
      } catch {
        throw Self.malformed
      }
      if !self.pending.isEmpty {
        try await session.grow()
        let pending = self.pending
        self.pending = []
        for series in pending {
          self.take(body.bytes, series.range, series.number, &session, isLast: true)
        }
      }
      do throws(SeriesError) {
        try await session.handOver()
      } catch {
        throw SeriesFault(door: error)
      }
    }
    self.samplesWritten = session.rowsWritten
  }

  private static var malformed: SeriesFault {
    SeriesFault(.invalidArgument, "the body is no remote-write request")
  }

  /// Reads series until the end, or until there is enough to write; false at the end.
  private mutating func fill(
    _ body: RawSpan, _ session: inout DoorSession
  ) throws(RemoteError) -> Bool {
    var walker = WireWalker(body.extracting(self.at..<body.byteCount))
    while try walker.next() {
      self.at = body.byteCount - walker.remaining
      guard walker.isBytes(self.version.seriesField) else { continue }
      self.number += 1
      let range = (self.at - walker.content.byteCount)..<self.at
      self.take(body, range, self.number, &session, isLast: false)
      if session.isDue { return true }
    }
    return false
  }

  private mutating func take(
    _ body: RawSpan, _ range: Range<Int>, _ number: Int, _ session: inout DoorSession, isLast: Bool
  ) {
    do throws(DoorRefusal) {
      if try !self.add(body, range, &session, isLast: isLast) {
        self.pending.append((range, number))
      }
    } catch {
      let name = self.point.text(self.point.name)
      let problem = error == .schema ? session.problems[name] : nil
      let message = problem ?? error.message(self.point)
      self.failures.add(line: number, Array(name.utf8).rawBytes, message)
    }
  }

  /// Adds the samples of one series; false when the schema has to grow first.
  private mutating func add(
    _ body: RawSpan, _ range: Range<Int>, _ session: inout DoorSession, isLast: Bool
  ) throws(DoorRefusal) -> Bool {
    let series = body.extracting(range)
    self.point.removeAll()
    var hasHistogram = false
    do throws(RemoteError) {
      var walker = WireWalker(series)
      while try walker.next() {
        if walker.isBytes(1) {
          try self.labels(walker.content, body)
        } else if walker.isBytes(self.version.histogramField) {
          hasHistogram = true
        }
      }
    } catch {
      throw .malformed
    }
    guard !self.point.name.isEmpty else { throw .missingName }
    guard self.point.tags.count <= LineProtocol.tagsMax else {
      throw .tooManyTags(limit: LineProtocol.tagsMax)
    }
    guard self.point.bytes.count <= LineProtocol.lineBytesMax else {
      throw .tooLong(limit: LineProtocol.lineBytesMax)
    }
    guard self.point.bytes.bytes.text != nil else { throw .notText }
    let key = self.point.bytes.count..<(self.point.bytes.count + 5)
    self.point.bytes.append("value" as StaticString)
    self.point.fields.append(DoorPoint.Field(key: key, value: .float(0)))
    guard try self.samples(series, &session, isLast: isLast) else { return false }
    guard !hasHistogram else { throw .histogram }
    return true
  }

  private mutating func samples(
    _ series: RawSpan, _ session: inout DoorSession, isLast: Bool
  ) throws(DoorRefusal) -> Bool {
    var walker = WireWalker(series)
    while (try? walker.next()) ?? false {
      guard walker.isBytes(2) else { continue }
      var value: UInt64 = 0
      var time: Int64 = 0
      var sample = WireWalker(walker.content)
      while (try? sample.next()) ?? false {
        if sample.number == 1, sample.wire == 1 { value = sample.value }
        if sample.number == 2, sample.wire == 0 { time = Int64(bitPattern: sample.value) }
      }
      guard value != Self.staleBits else { continue }
      let (nanoseconds, isOver) = time.multipliedReportingOverflow(by: 1_000_000)
      guard !isOver else { throw .timeOutside }
      self.point.time = nanoseconds
      self.point.fields[0].value = .float(Double(bitPattern: value))
      // Before the first sample is in, nothing of the series is: it can be given again.
      guard try session.add(self.point, isLast: isLast) else { return false }
    }
    return true
  }

  private mutating func labels(_ content: RawSpan, _ body: RawSpan) throws(RemoteError) {
    if self.version == .one {
      var walker = WireWalker(content)
      var name = content.extracting(0..<0)
      var value = content.extracting(0..<0)
      while try walker.next() {
        if walker.isBytes(1) { name = walker.content }
        if walker.isBytes(2) { value = walker.content }
      }
      return self.label(name, value)
    }
    var reader = ByteReader(content)
    while !reader.isAtEnd {
      guard let name = reader.varint(), let value = reader.varint() else {
        throw RemoteError.malformed
      }
      self.label(
        try self.symbols.symbol(name, of: body), try self.symbols.symbol(value, of: body))
    }
  }

  private mutating func label(_ name: RawSpan, _ value: RawSpan) {
    // An empty label is the same as none.
    guard value.byteCount > 0 else { return }
    let start = self.point.bytes.count
    if name.isEqual(to: Self.nameLabel) {
      self.point.bytes.append(value)
      self.point.name = start..<self.point.bytes.count
      return
    }
    self.point.bytes.append(name)
    let middle = self.point.bytes.count
    self.point.bytes.append(value)
    self.point.tags.append(
      DoorPoint.Tag(key: start..<middle, value: middle..<self.point.bytes.count))
  }
}
