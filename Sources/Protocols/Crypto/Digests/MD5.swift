/// MD5: for formats that ask for it (S3 entity tags, PostgreSQL's old log-in), not for security.
///
/// A value of it is a hash in progress: `update` as bytes come, then `finish`.
public struct MD5: ~Copyable, Sendable {
  public static let byteCount = 16

  private var context: DigestContext

  public init() { self.context = DigestContext(.md5) }
  private init(_ context: consuming DigestContext) { self.context = context }

  /// Hashes `bytes` in one call; allocates nothing.
  public static func digest(of bytes: RawSpan) -> Digest<16> {
    DigestContext.digest(of: bytes, by: .md5)
  }

  public mutating func update(_ bytes: RawSpan) { self.context.update(bytes) }

  /// The digest of what was given so far; the hash then begins anew.
  public mutating func finish() -> Digest<16> { self.context.finish(Digest<16>.self) }

  /// Forgets what was given.
  public mutating func reset() { self.context.reset() }

  /// A second hash in the same state, for digests of a common beginning.
  public borrowing func copy() -> MD5 { MD5(self.context.copy()) }
}
