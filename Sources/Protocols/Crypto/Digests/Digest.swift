public import Bytes
private import COpenSSL

/// The result of a hash function: `byteCount` bytes, a plain value. Two are compared in constant time,
/// so a digest that proves something may be compared with `==`.
public struct Digest<let byteCount: Int>: Hashable, Sendable, CustomStringConvertible {
  @usableFromInline var storage: InlineArray<byteCount, UInt8>

  @usableFromInline init() { self.storage = InlineArray(repeating: 0) }

  /// Nil when `bytes` has another length.
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount == byteCount else { return nil }
    self.init()
    for index in 0..<byteCount { self.storage[index] = bytes[byteAt: index] }
  }

  /// Nil when the text is not exactly `2 * byteCount` hexadecimal digits of either case.
  public init?(hexadecimal text: RawSpan) {
    guard text.byteCount == 2 * byteCount else { return nil }
    self.init()
    for index in 0..<byteCount {
      guard let high = Hexadecimal.value(ofDigit: text[byteAt: 2 * index]),
        let low = Hexadecimal.value(ofDigit: text[byteAt: 2 * index + 1])
      else { return nil }
      self.storage[index] = high << 4 | low
    }
  }

  /// The same for lower-case digits only: a signature has one form.
  public init?(lowerCaseHexadecimal text: RawSpan) {
    for index in 0..<text.byteCount where text[byteAt: index] < UInt8(ascii: "a") {
      guard text[byteAt: index] <= UInt8(ascii: "9") else { return nil }
    }
    self.init(hexadecimal: text)
  }

  public var bytes: RawSpan {
    @_lifetime(borrow self) get {
      let span = self.storage.span.bytes
      return _overrideLifetime(span, borrowing: self)
    }
  }

  public var array: [UInt8] { self.bytes.array }

  /// Lower-case hexadecimal.
  public var description: String { Hexadecimal.text(of: self.bytes) }

  public static func == (left: Self, right: Self) -> Bool {
    ConstantTime.isEqual(left.bytes, right.bytes)
  }

  public func hash(into hasher: inout Hasher) {
    self.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }

  /// Fills the bytes by a call of C.
  mutating func fill(_ body: (UnsafeMutablePointer<UInt8>) -> Int32) {
    withUnsafeMutableBytes(of: &self.storage) { buffer in
      let start = buffer.baseAddress.unsafelyUnwrapped  // Never empty: byteCount > 0.
      let code = body(start.assumingMemoryBound(to: UInt8.self))
      precondition(code == 0, "FATAL: OpenSSL refuses a digest of \(byteCount) bytes")
    }
  }
}

extension ByteWriter {
  public mutating func append<let byteCount: Int>(_ digest: Digest<byteCount>) {
    self.append(digest.bytes)
  }

  /// Lower-case hexadecimal.
  public mutating func append<let byteCount: Int>(hexadecimal digest: Digest<byteCount>) {
    self.append(hexadecimal: digest.bytes)
  }
}
