internal import Bytes

/// A record, or a piece of one, inside a block's payload.
///
/// ```
/// 0  kind     u8       1 whole record, 2 first, 3 middle, 4 last piece
/// 1  zeros    3 bytes
/// 4  bytes    u32
/// 8  the bytes
/// ```
///
/// A record that does not fit into the rest of a block goes on in the next one, also across segments.
/// Between its pieces there is nothing else, unless a block says that it abandons the unfinished one:
/// its owner was stopped half-way and nobody was told that the record is there.
package enum FragmentKind: UInt8, Sendable {
  case whole = 1
  case first = 2
  case middle = 3
  case last = 4
}

package struct Fragment: ~Escapable {
  package static let headByteCount = 8
  package let kind: FragmentKind
  /// Offset in the payload.
  package let offset: Int
  package let bytes: RawSpan

  @_lifetime(copy bytes)
  init(kind: FragmentKind, offset: Int, bytes: RawSpan) {
    self.kind = kind
    self.offset = offset
    self.bytes = bytes
  }
}

/// Takes a payload apart.
package struct FragmentReader: ~Escapable {
  private var reader: ByteReader

  @_lifetime(copy payload)
  package init(_ payload: RawSpan) { self.reader = ByteReader(payload) }

  package var isAtEnd: Bool { self.reader.isAtEnd }
  package var offset: Int { self.reader.offset }

  /// Nil when the bytes are no fragment; the reader then stands at them.
  @_lifetime(self: copy self) @_lifetime(copy self)
  package mutating func next() -> Fragment? {
    let offset = self.reader.offset
    guard let head: UInt32 = self.reader.littleEndian(), let kind = UInt8(exactly: head),
      let kind = FragmentKind(rawValue: kind), let count: UInt32 = self.reader.littleEndian(),
      let bytes = self.reader.take(Int(count))
    else {
      self.reader.offset = offset
      return nil
    }
    return Fragment(kind: kind, offset: offset, bytes: bytes)
  }
}
