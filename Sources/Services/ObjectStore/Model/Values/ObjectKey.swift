private import Bytes
private import Glibc

/// The name of an object: 1 to 1024 bytes. Bytes, not text: `.`, `//` and NUL mean nothing special, and
/// no key ever becomes part of a file's path.
package struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  package static let byteCountMax = 1024

  package init(_ bytes: [UInt8]) { self.bytes = bytes }
  package init(_ text: String) { self.bytes = Array(text.utf8) }

  package var byteCount: Int { self.bytes.count }
  package var endsInSlash: Bool { self.bytes.last == UInt8(ascii: "/") }

  /// For answers and messages; keys that came over S3 are UTF-8.
  package var text: String { String(decoding: self.bytes, as: UTF8.self) }
  package var description: String { self.text }

  package func hasPrefix(_ prefix: [UInt8]) -> Bool { self.bytes.starts(with: prefix) }

  package static func < (left: Self, right: Self) -> Bool {
    ByteOrder.compare(left.bytes, right.bytes) < 0
  }
}

/// The order of keys and of everything in listings: unsigned bytes, the shorter first.
package enum ByteOrder {
  /// Negative, zero or positive.
  package static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
    let common = Swift.min(left.count, right.count)
    if common > 0 {
      let order = memcmp(left, right, common)
      if order != 0 { return Int(order) }
    }
    return left.count - right.count
  }

  /// The smallest name that is larger than every name beginning with `prefix`; nil when there is none
  /// (only FF bytes).
  package static func successor(ofPrefix prefix: [UInt8]) -> [UInt8]? {
    var bytes = prefix
    while let last = bytes.last {
      bytes.removeLast()
      if last != 0xFF {
        bytes.append(last + 1)
        return bytes
      }
    }
    return nil
  }
}
