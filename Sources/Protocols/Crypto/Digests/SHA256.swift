/// SHA-256 (FIPS 180-4).
/// Measured (`bench-crypto`, one core): 1.7 GB/s over 1 MiB, 0.18 µs for 64 bytes.
///
/// A value of it is a hash in progress: `update` as bytes come, then `finish`.
public struct SHA256: ~Copyable, Sendable {
  public static let byteCount = 32

  private var context: DigestContext

  public init() { self.context = DigestContext(.sha256) }
  private init(_ context: consuming DigestContext) { self.context = context }

  /// Hashes `bytes` in one call; allocates nothing.
  public static func digest(of bytes: RawSpan) -> Digest<32> {
    DigestContext.digest(of: bytes, by: .sha256)
  }

  public mutating func update(_ bytes: RawSpan) { self.context.update(bytes) }

  /// The digest of what was given so far; the hash then begins anew.
  public mutating func finish() -> Digest<32> { self.context.finish(Digest<32>.self) }

  /// Forgets what was given.
  public mutating func reset() { self.context.reset() }

  /// A second hash in the same state, for digests of a common beginning.
  public borrowing func copy() -> SHA256 { SHA256(self.context.copy()) }
}
