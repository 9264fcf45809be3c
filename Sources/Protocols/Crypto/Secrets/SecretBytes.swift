private import Bytes
private import COpenSSL

/// Key material in memory of its own: never copied by accident, overwritten with zeros when its owner
/// lets go, and printed as `•••`.
public struct SecretBytes: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of `base`, which does not change once it is handed out.
  private let base: UnsafeMutableRawPointer
  private let capacity: Int
  public private(set) var count: Int

  /// Takes the bytes over. What held them before is the caller's to clear: see `clear`.
  public init(copying bytes: RawSpan) {
    self.init(byteCount: bytes.byteCount) { target in
      bytes.withUnsafeBytes { target.copyMemory(from: $0) }
    }
  }

  /// Memory that `fill` writes the secret into: it is never anywhere else.
  public init<E: Error>(
    byteCount: Int, filling fill: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    precondition(byteCount >= 0, "\(byteCount) bytes")
    self.count = byteCount
    self.capacity = byteCount
    self.base = .allocate(byteCount: max(byteCount, 1), alignment: 16)
    try fill(UnsafeMutableRawBufferPointer(start: self.base, count: byteCount))
  }

  /// Takes the bytes over and overwrites `bytes`, unless another copy of that array is alive.
  public init(taking bytes: inout [UInt8]) {
    self.init(copying: bytes.rawBytes)
    Self.clear(&bytes)
  }

  deinit {
    copenssl_cleanse(self.base, self.capacity)
    self.base.deallocate()
  }

  public var bytes: RawSpan {
    @_lifetime(borrow self) get {
      let span = RawSpan(_unsafeStart: UnsafeRawPointer(self.base), byteCount: self.count)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// The bytes, lent: for owners that are classes.
  public borrowing func withBytes<R: ~Copyable, E: Error>(
    _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    try body(self.bytes)
  }

  /// Keeps the first `count` bytes.
  mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count, "\(count) of \(self.count) bytes")
    self.count = count
  }

  public borrowing func copy() -> SecretBytes { SecretBytes(copying: self.bytes) }

  /// Overwrites an array that held a secret, in place.
  public static func clear(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { copenssl_cleanse($0.baseAddress, $0.count) }
    bytes = []
  }
}
