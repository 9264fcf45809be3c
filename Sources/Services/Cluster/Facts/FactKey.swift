import Bytes

/// The name of a fact: a path such as `jobs/01J9FZ3V8K6Q2T4W5X7Y9ZABCD`. Facts are ordered by the bytes
/// of their names.
package struct FactKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  package static let byteCountMax = 1024

  package let text: String

  /// - Precondition: 1 to `byteCountMax` bytes without NUL. Names that clients choose are checked where
  ///   they come in.
  package init(_ text: String) {
    precondition(!text.isEmpty, "a fact without a name")
    precondition(text.utf8.count <= Self.byteCountMax, "a fact's name of \(text.utf8.count) bytes")
    precondition(!text.utf8.contains(0), "NUL in a fact's name")
    self.text = text
  }

  package var description: String { self.text }

  /// By bytes, as stores compare: text that only looks the same is another key.
  package func hasPrefix(_ prefix: String) -> Bool { self.text.utf8.starts(with: prefix.utf8) }

  package static func == (left: Self, right: Self) -> Bool { left.text.isSame(as: right.text) }

  package func hash(into hasher: inout Hasher) {
    for byte in self.text.utf8 { hasher.combine(byte) }
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
}

/// A fact as it stands.
package struct Fact: Hashable, Sendable {
  package static let valueByteCountMax = 1 << 20

  package var key: FactKey
  package var value: [UInt8]
  /// When the key came to be; a key that was deleted and put again has a new one. It only grows, so it
  /// can fence off whoever held the key before.
  package var createdAt: FactRevision
  package var modifiedAt: FactRevision
  /// The fact goes when this lease ends.
  package var lease: FactLeaseID?

  package init(
    key: FactKey, value: [UInt8], createdAt: FactRevision, modifiedAt: FactRevision,
    lease: FactLeaseID? = nil
  ) {
    self.key = key
    self.value = value
    self.createdAt = createdAt
    self.modifiedAt = modifiedAt
    self.lease = lease
  }
}

/// A state of the whole store: every transaction that changes something makes the next one.
package struct FactRevision: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let number: Int64

  package init(_ number: Int64) { self.number = number }

  /// Before the first change.
  package static let zero = FactRevision(0)

  package var description: String { String(self.number) }
  package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

package struct FactLeaseID: Hashable, Sendable {
  package static let durationRange = Duration.seconds(1)...Duration.seconds(86_400)

  package let number: Int64
  package init(_ number: Int64) { self.number = number }

  package static func check(_ duration: Duration) {
    precondition(self.durationRange.contains(duration), "a lease of \(duration)")
  }
}

extension FactKey: ExpressibleByStringLiteral {
  package init(stringLiteral text: String) { self.init(text) }
}
