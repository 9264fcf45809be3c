import Bytes
import Values

/// A UUID as two halves: of an entry, a document, an event, a request.
///
/// `UUID` itself holds 128 bits as one number, and optimized and plain code of Swift 6.3.1 loses track of
/// such a number among the arguments of an async function. So it stays out of them.
struct ObjectID: Hashable, Comparable, Sendable, CustomStringConvertible {
  var high: UInt64
  var low: UInt64

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  init(_ uuid: UUID) {
    self.high = UInt64(truncatingIfNeeded: uuid.bits >> 64)
    self.low = UInt64(truncatingIfNeeded: uuid.bits)
  }

  init(parsing text: String) throws(ValueError) { self.init(try UUID(parsing: text)) }

  var uuid: UUID { UUID(bits: UInt128(self.high) << 64 | UInt128(self.low)) }
  var version: Int { self.uuid.version }
  /// Whether it is one of RFC 9562.
  var isStandard: Bool { self.low >> 62 == 2 }
  var description: String { self.uuid.description }

  static func < (left: Self, right: Self) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  /// The 16 bytes, big-endian.
  func append(to target: inout ByteWriter) {
    target.append(bigEndian: self.high)
    target.append(bigEndian: self.low)
  }
}
