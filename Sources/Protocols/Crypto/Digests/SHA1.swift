/// SHA-1: for formats that ask for it (WebSocket, S3 checksums), not for security.
///
/// A value of it is a hash in progress: `update` as bytes come, then `finish`.
public struct SHA1: ~Copyable, Sendable {
  public static let byteCount = 20

  private var context: DigestContext

  public init() { self.context = DigestContext(.sha1) }
  private init(_ context: consuming DigestContext) { self.context = context }

  /// Hashes `bytes` in one call; allocates nothing.
  public static func digest(of bytes: RawSpan) -> Digest<20> {
    DigestContext.digest(of: bytes, by: .sha1)
  }

  public mutating func update(_ bytes: RawSpan) { self.context.update(bytes) }

  /// The digest of what was given so far; the hash then begins anew.
  public mutating func finish() -> Digest<20> { self.context.finish(Digest<20>.self) }

  /// Forgets what was given.
  public mutating func reset() { self.context.reset() }

  /// A second hash in the same state, for digests of a common beginning.
  public borrowing func copy() -> SHA1 { SHA1(self.context.copy()) }
}
