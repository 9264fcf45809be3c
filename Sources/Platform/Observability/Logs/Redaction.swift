/// Which fields of a record are masked by their name, in case a secret is logged by its plain value.
public struct Redaction: Sendable {
  public static let mark = "•••"

  /// Parts of a name, between `_`, `-` and `.`, that say secret.
  private static let words: Set<String> = [
    "password", "passwd", "passphrase", "secret", "token", "authorization", "cookie", "credential",
    "credentials", "private", "key", "signature", "hmac", "nonce", "salt", "verifier", "bearer",
  ]

  /// Names that hold such a part and are printed all the same.
  private let allowed: Set<String>

  public static let allowedByDefault: Set<String> = [
    "access_key_id", "key_id", "key_version", "key_count", "keys", "object_key", "start_key",
    "end_key", "token_count", "token_kind", "key_bytes", "key_name", "partition_key",
  ]

  public init(allowing names: Set<String> = []) {
    self.allowed = Self.allowedByDefault.union(names)
  }

  public func hides(_ name: String) -> Bool {
    if self.allowed.contains(name) { return false }
    return name.lowercased().split(whereSeparator: { $0 == "_" || $0 == "-" || $0 == "." })
      .contains { Self.words.contains(String($0)) }
  }
}
