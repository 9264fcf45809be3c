internal import Bytes

/// The received bytes of a call, taken apart into messages:
///
///     1 byte    0, or 1 when the message is compressed
///     4 bytes   length of the message, big endian
///     n bytes   the message
struct MessageBuffer: ~Copyable {
  static let prefixByteCount = 5

  private var bytes = ByteWriter(capacity: 192)
  private var start = 0

  var count: Int { self.bytes.count - self.start }

  mutating func append(_ chunk: UnsafeRawBufferPointer) { self.bytes.append(copying: chunk) }

  /// Where the first message is, when it is whole.
  func firstMessage(limit: Int) throws(GRPCStatus) -> Range<Int>? {
    guard self.count >= Self.prefixByteCount else { return nil }
    var reader = ByteReader(self.bytes.bytes.extracting(self.start..<self.bytes.count))
    let flag = reader.byte() ?? 0
    let length = Int(reader.bigEndian(UInt32.self) ?? 0)
    guard flag == 0 else {
      throw flag == 1
        ? GRPCStatus(.unimplemented, "a compressed message; only identity is accepted")
        : GRPCStatus(.internalError, "a message begins with \(flag)")
    }
    guard length <= limit else {
      throw GRPCStatus(
        .resourceExhausted, "a message of \(length) bytes, the limit is \(limit)")
    }
    guard self.count - Self.prefixByteCount >= length else { return nil }
    let first = self.start + Self.prefixByteCount
    return first..<(first + length)
  }

  func withMessage<R, E: Error>(
    _ range: Range<Int>, _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    try body(self.bytes.bytes.extracting(range))
  }

  /// Drops everything up to the end of `message`; returns how many bytes that was.
  mutating func drop(_ message: Range<Int>) -> Int {
    let dropped = message.upperBound - self.start
    self.start = message.upperBound
    if self.start == self.bytes.count {
      self.bytes.removeAll(keepingCapacityUpTo: 16_384)
      self.start = 0
    } else if self.start > 65_536, self.start > self.bytes.count / 2 {
      self.bytes.removeFirst(self.start)
      self.start = 0
    }
    return dropped
  }

  mutating func removeAll() {
    self.bytes.removeAll(keepingCapacityUpTo: 0)
    self.start = 0
  }
}
