import Bytes

// What Prometheus sends, as Protobuf; other fields are skipped:
//
//   1.0  WriteRequest  1: TimeSeries { 1: Label { 1: name  2: value }
//                                      2: Sample { 1: value f64  2: time i64, milliseconds }  4: Histogram }
//   2.0  Request       4: symbol …     5: TimeSeries { 1: label references, name and value in turn, packed
//                                      2: Sample, the same  3: Histogram }

/// Walks through the fields of a message.
struct WireWalker: ~Escapable {
  private var reader: ByteReader
  private(set) var number = 0
  /// The content of a field of bytes.
  private(set) var content: RawSpan
  private(set) var value: UInt64 = 0
  private(set) var wire = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.reader = ByteReader(bytes)
    self.content = bytes.extracting(0..<0)
  }

  /// The next field; false at the end. Throws when the bytes are no message.
  @_lifetime(self: copy self)
  mutating func next() throws(RemoteError) -> Bool {
    guard !self.reader.isAtEnd else { return false }
    guard let tag = self.reader.varint(), tag >> 3 > 0, tag >> 3 <= 1 << 29 else {
      throw RemoteError.malformed
    }
    self.number = Int(tag >> 3)
    self.wire = Int(tag & 7)
    switch self.wire {
    case 0:
      guard let value = self.reader.varint() else { throw RemoteError.malformed }
      self.value = value
    case 1:
      guard let value = self.reader.littleEndian(UInt64.self) else { throw RemoteError.malformed }
      self.value = value
    case 2:
      guard let count = self.reader.varint(), let length = Int(exactly: count),
        let content = self.reader.take(length)
      else { throw RemoteError.malformed }
      self.content = content
    case 5:
      guard let value = self.reader.littleEndian(UInt32.self) else { throw RemoteError.malformed }
      self.value = UInt64(value)
    default: throw RemoteError.malformed
    }
    return true
  }

  /// Bytes behind the field.
  var remaining: Int { self.reader.remaining }

  func isBytes(_ number: Int) -> Bool { self.number == number && self.wire == 2 }
}

enum RemoteError: Error {
  case malformed
  case symbol
}

/// What the series of one request have in common.
enum RemoteVersion: Sendable {
  case one
  case two

  var seriesField: Int { self == .one ? 1 : 5 }
  var histogramField: Int { self == .one ? 4 : 3 }
}

/// The symbols of a request of version 2.0: ranges of the body.
struct RemoteSymbols {
  private var ranges: [Range<Int>] = []

  init() {}

  init(_ body: RawSpan) throws(RemoteError) {
    var walker = WireWalker(body)
    while try walker.next() {
      guard walker.isBytes(4) else { continue }
      let end = body.byteCount - walker.remaining
      self.ranges.append((end - walker.content.byteCount)..<end)
    }
  }

  @_lifetime(copy body)
  func symbol(_ number: UInt64, of body: RawSpan) throws(RemoteError) -> RawSpan {
    guard number < UInt64(self.ranges.count) else { throw RemoteError.symbol }
    return body.extracting(self.ranges[Int(number)])
  }
}
