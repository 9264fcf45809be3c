private import Bytes

// 24 bytes: milliseconds since 1970 (8, big-endian), routing of the namespace (2), random (14). As text
// 32 characters of base64url. Byte order is the order of initiation.

/// A multipart upload: found by who knows its name, guessed by nobody.
package struct UploadID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  package static let byteCount = 24

  /// - Precondition: 14 random bytes of a source fit for keys.
  package init(milliseconds: UInt64, routing: UInt16, random: [UInt8]) {
    precondition(random.count == 14, "\(random.count) random bytes")
    var writer = ByteWriter(capacity: Self.byteCount)
    writer.append(bigEndian: milliseconds)
    writer.append(bigEndian: routing)
    writer.append(random)
    self.bytes = writer.bytes.array
  }

  package init?(bytes: RawSpan) {
    guard bytes.byteCount == Self.byteCount else { return nil }
    self.bytes = bytes.array
  }

  package init?(_ text: String) {
    guard text.utf8.count == 32, let bytes = Base64.bytes(of: text, alphabet: .urlSafe),
      bytes.count == Self.byteCount
    else { return nil }
    self.bytes = bytes
  }

  package var description: String { Base64.text(of: self.bytes.rawBytes, alphabet: .urlSafe) }

  package static func < (left: Self, right: Self) -> Bool {
    ByteOrder.compare(left.bytes, right.bytes) < 0
  }
}
