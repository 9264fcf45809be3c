private import Glibc

/// Looking into spans: search, comparison and text.
extension RawSpan {
  @inlinable public subscript(byteAt offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < self.byteCount, "offset \(offset) of \(self.byteCount)")
    return self.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  /// The offset of the first `byte` at or after `start`, found by `memchr`.
  public func firstOffset(of byte: UInt8, from start: Int = 0) -> Int? {
    precondition(start >= 0)
    guard start < self.byteCount else { return nil }
    return self.withUnsafeBytes { buffer in
      let base = buffer.baseAddress.unsafelyUnwrapped
      guard let hit = memchr(base + start, Int32(byte), buffer.count - start) else {
        return nil
      }
      return UnsafeRawPointer(hit) - base
    }
  }

  public func isEqual(to other: RawSpan) -> Bool {
    guard self.byteCount == other.byteCount else { return false }
    guard self.byteCount > 0 else { return true }
    return self.withUnsafeBytes { left in
      other.withUnsafeBytes { right in
        memcmp(
          left.baseAddress.unsafelyUnwrapped, right.baseAddress.unsafelyUnwrapped, left.count) == 0
      }
    }
  }

  public func isEqual(to text: StaticString) -> Bool {
    guard self.byteCount == text.utf8CodeUnitCount else { return false }
    guard self.byteCount > 0 else { return true }
    return self.withUnsafeBytes { left in
      memcmp(left.baseAddress.unsafelyUnwrapped, text.utf8Start, left.count) == 0
    }
  }

  /// Whether the bytes are the UTF-8 of `text`.
  public func isEqual(toText text: String) -> Bool {
    var text = text
    return text.withUTF8 { utf8 in
      self.withUnsafeBytes { bytes in
        bytes.count == utf8.count && bytes.elementsEqual(utf8)
      }
    }
  }

  /// The text, or nil when the bytes are not UTF-8.
  public var text: String? {
    self.withUnsafeBytes { buffer in
      // Through UTF8Span: 19 to 77 ns for 5 to 62 bytes, where String(validating:) takes 93 to 164.
      guard let checked = try? UTF8Span(validating: buffer.bindMemory(to: UInt8.self).span) else {
        return nil
      }
      return String(copying: checked)
    }
  }

  /// The text, with U+FFFD for what is not UTF-8: for messages only.
  public var lossyText: String {
    self.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  public var array: [UInt8] {
    self.withUnsafeBytes { [UInt8]($0) }
  }
}

extension String {
  /// Whether both are the same bytes: `==` takes two spellings of a letter for one.
  @inlinable public func isSame(as other: String) -> Bool {
    guard self.utf8.count == other.utf8.count else { return false }
    let isSame = self.utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { right in left.elementsEqual(right) }
    }
    return (isSame ?? nil) ?? self.utf8.elementsEqual(other.utf8)
  }
}

extension Array where Element == UInt8 {
  /// The bytes as a raw span.
  public var rawBytes: RawSpan {
    @_lifetime(borrow self) get {
      let span = self.span.bytes
      return _overrideLifetime(span, borrowing: self)
    }
  }

  public init(_ bytes: RawSpan) { self = bytes.array }
}
