private import CXXHash

/// XXH3 without a seed: the checksum of frames, blocks and records. Not for anything an enemy may
/// choose: it is no MAC. Measured: 48 GB/s over 1 MiB, 7 ns for 64 bytes (`bench-crypto`, one core).
public enum XXH3 {
  /// The hash of no bytes.
  public static let empty: UInt64 = 0x2D06_8005_38D3_94C2

  public static func hash64(of bytes: RawSpan) -> UInt64 {
    bytes.withUnsafeBytes { cxxhash_64($0.baseAddress, $0.count) }
  }

  public static func hash64(of bytes: RawSpan, seed: UInt64) -> UInt64 {
    bytes.withUnsafeBytes { cxxhash_64_seeded($0.baseAddress, $0.count, seed) }
  }

  public static func hash64(of bytes: UnsafeRawBufferPointer) -> UInt64 {
    cxxhash_64(bytes.baseAddress, bytes.count)
  }

  public static func hash128(of bytes: RawSpan) -> UInt128 {
    var low: UInt64 = 0
    var high: UInt64 = 0
    bytes.withUnsafeBytes { cxxhash_128($0.baseAddress, $0.count, &low, &high) }
    return UInt128(high) << 64 | UInt128(low)
  }

  /// A hash in progress. Reading a value does not end it.
  public struct Stream: ~Copyable, @unchecked Sendable {
    // Sendable because it is the only owner of `raw`.
    private let raw: OpaquePointer

    public init() {
      guard let raw = cxxhash_new() else { preconditionFailure("FATAL: out of memory") }
      self.raw = raw
    }

    deinit { cxxhash_free(self.raw) }

    public mutating func update(_ bytes: RawSpan) {
      bytes.withUnsafeBytes { cxxhash_update(self.raw, $0.baseAddress, $0.count) }
    }

    public var value64: UInt64 { cxxhash_digest_64(self.raw) }

    public var value128: UInt128 {
      var low: UInt64 = 0
      var high: UInt64 = 0
      cxxhash_digest_128(self.raw, &low, &high)
      return UInt128(high) << 64 | UInt128(low)
    }

    /// Forgets what was given.
    public mutating func reset() { cxxhash_reset(self.raw) }
  }
}
