/// SHA-512 (FIPS 180-4).
///
/// A value of it is a hash in progress: `update` as bytes come, then `finish`.
public struct SHA512: ~Copyable, Sendable {
  public static let byteCount = 64

  private var context: DigestContext

  public init() { self.context = DigestContext(.sha512) }
  private init(_ context: consuming DigestContext) { self.context = context }

  /// Hashes `bytes` in one call; allocates nothing.
  public static func digest(of bytes: RawSpan) -> Digest<64> {
    DigestContext.digest(of: bytes, by: .sha512)
  }

  public mutating func update(_ bytes: RawSpan) { self.context.update(bytes) }

  /// The digest of what was given so far; the hash then begins anew.
  public mutating func finish() -> Digest<64> { self.context.finish(Digest<64>.self) }

  /// Forgets what was given.
  public mutating func reset() { self.context.reset() }

  /// A second hash in the same state, for digests of a common beginning.
  public borrowing func copy() -> SHA512 { SHA512(self.context.copy()) }
}
