package import Bytes

// The 20 bytes of a version's identifier, big-endian, so that byte order is newest first:
//
//   8  milliseconds since 1970, inverted
//   4  sequence of the namespace, inverted
//   3  node
//   5  random
//
// As text it is 32 digits of base 32 (0-9 A-V, RFC 4648's "extended hex"), which keeps the order.

/// Which version of an object. Given by the namespace at commit.
package struct VersionID: Hashable, Comparable, Sendable, CustomStringConvertible {
  private let first: UInt64
  private let second: UInt64
  package let low: UInt32

  /// The first 16 bytes.
  package var high: UInt128 { UInt128(self.first) << 64 | UInt128(self.second) }

  package static let byteCount = 20
  package static let textCount = 32
  /// Before every other: newer than all.
  package static let newest = VersionID(high: 0, low: 0)

  package init(high: UInt128, low: UInt32) {
    self.first = UInt64(truncatingIfNeeded: high >> 64)
    self.second = UInt64(truncatingIfNeeded: high)
    self.low = low
  }

  package init(milliseconds: UInt64, sequence: UInt32, node: UInt32, random: UInt64) {
    let tail = UInt128(node & 0xFF_FFFF) << 40 | UInt128(random & 0xFF_FFFF_FFFF)
    let bits = UInt128(~milliseconds) << 32 | UInt128(~sequence)
    self.init(high: bits << 32 | tail >> 32, low: UInt32(truncatingIfNeeded: tail))
  }

  /// Nil when there are not 20 bytes.
  package init?(_ bytes: RawSpan) {
    guard bytes.byteCount == Self.byteCount else { return nil }
    self.init(
      high: UInt128(
        bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt128.self)),
      low: UInt32(
        bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 16, as: UInt32.self)))
  }

  /// Nil for anything but 32 digits.
  package init?(_ text: String) {
    guard text.utf8.count == Self.textCount else { return nil }
    var high: UInt128 = 0
    var low: UInt64 = 0
    for (index, character) in text.utf8.enumerated() {
      let digit: UInt8
      switch character {
      case 0x30...0x39: digit = character - 0x30
      case 0x41...0x56: digit = character - 0x41 + 10
      default: return nil
      }
      // 25 digits are 125 bits; the 26th holds 3 bits of the first half and 2 of the second.
      switch index {
      case 0..<25: high = high << 5 | UInt128(digit)
      case 25:
        high = high << 3 | UInt128(digit >> 2)
        low = UInt64(digit & 3)
      default: low = low << 5 | UInt64(digit)
      }
    }
    self.init(high: high, low: UInt32(truncatingIfNeeded: low))
  }

  package func append(to target: inout ByteWriter) {
    target.append(bigEndian: self.high)
    target.append(bigEndian: self.low)
  }

  package var description: String {
    var text = ByteWriter(capacity: Self.textCount)
    let digits: StaticString = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
    for index in 0..<Self.textCount {
      let shift = 155 - 5 * index
      let digit: UInt32
      if shift >= 32 {
        digit = UInt32(truncatingIfNeeded: self.high >> UInt128(shift - 32))
      } else {
        let both = UInt64(truncatingIfNeeded: self.high) << 32 | UInt64(self.low)
        digit = UInt32(truncatingIfNeeded: both >> UInt64(shift))
      }
      text.append(digits.utf8Start[Int(digit & 31)])
    }
    return text.bytes.lossyText
  }

  package static func < (left: Self, right: Self) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// What a request says about the version it means.
package enum VersionSelector: Hashable, Sendable {
  /// The newest; for a deletion, the name as a whole.
  case current
  /// The one that S3 calls `null`: written while the bucket kept no versions.
  case null
  case id(VersionID)
}

/// Whether a bucket keeps old versions. It never goes back to `unversioned`.
package enum Versioning: UInt8, Hashable, Sendable {
  case unversioned = 0
  case enabled = 1
  case suspended = 2
}
