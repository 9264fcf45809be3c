private import Bytes
private import COpenSSL

/// Key material in memory of its own: never copied by accident, overwritten with zeros when its owner
/// lets go, and printed as `•••`.
public struct SecretBytes: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of `base`, which does not change.
  private let base: UnsafeMutableRawPointer
  public let count: Int

  /// Takes the bytes over. What held them before is the caller's to clear: see `clear`.
  public init(copying bytes: RawSpan) {
    self.count = bytes.byteCount
    self.base = .allocate(byteCount: max(bytes.byteCount, 1), alignment: 16)
    bytes.withUnsafeBytes {
      if let start = $0.baseAddress { self.base.copyMemory(from: start, byteCount: $0.count) }
    }
  }

  /// Takes the bytes over and overwrites `bytes`, unless another copy of that array is alive.
  public init(taking bytes: inout [UInt8]) {
    self.init(copying: bytes.rawBytes)
    Self.clear(&bytes)
  }

  deinit {
    copenssl_cleanse(self.base, self.count)
    self.base.deallocate()
  }

  public var bytes: RawSpan {
    @_lifetime(borrow self) get {
      let span = RawSpan(_unsafeStart: UnsafeRawPointer(self.base), byteCount: self.count)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  public borrowing func copy() -> SecretBytes { SecretBytes(copying: self.bytes) }

  /// Overwrites an array that held a secret, in place.
  public static func clear(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { copenssl_cleanse($0.baseAddress, $0.count) }
    bytes = []
  }
}
