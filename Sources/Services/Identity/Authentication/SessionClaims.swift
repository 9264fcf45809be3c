import Bytes
import Crypto
import Values

// A session token or the token of temporary credentials, base64url behind `lks_`. Numbers are little-endian.
//
//    0        1       2             6       22        30        38
//    ┌────────┬───────┬─────────────┬───────┬─────────┬─────────┬──────┬─────┬───────┬─ …  ─┬──────────┐
//    │ format │ kind  │ key version │ id    │ issued  │ expires │ who  │ key │ stamp │ …    │ HMAC     │
//    │ 1      │       │ u32         │ 16    │ s, i64  │ s, i64  │ text │ text│ u64   │ texts│ 32 bytes │
//    └────────┴───────┴─────────────┴───────┴─────────┴─────────┴──────┴─────┴───────┴──────┴──────────┘
//
// `text` is a length of 16 bits and UTF-8. After the stamp come scope, access key id and policy. The code
// covers everything before it. Nothing in it is secret: the secret of temporary credentials follows from
// the claims and a key that only the cluster has.

/// What a session token says.
struct SessionClaims: Hashable, Sendable {
  static let format: UInt8 = 1
  static let textByteCountMax = 6144
  static let policyByteCountMax = 2048
  /// Not part of any access key id.
  static let tokenMark = "token:"

  enum Kind: UInt8, Sendable {
    /// OAuth2 and the admin API.
    case bearer = 0
    /// S3; the rights are the owner's, narrowed by the policy.
    case temporary = 1
    /// S3; the rights are those of the policy alone, on the word of a service.
    case delegated = 2
  }

  var kind: Kind
  var keyVersion: UInt32
  var id: ULID
  var issuedAt: WallTime
  var expiresAt: WallTime
  var who: Who
  /// The access key that was shown for it, or the stored token behind `tokenMark`; empty for none.
  var keyID: String
  /// That of the key, or of `who`: when the record has another, the session is over.
  var stamp: UInt64
  var scope: String
  /// Of temporary credentials.
  var accessKeyID: String
  var policy: String

  func append(to target: inout ByteWriter) {
    target.append(Self.format)
    target.append(self.kind.rawValue)
    target.append(littleEndian: self.keyVersion)
    self.id.append(to: &target)
    target.append(littleEndian: self.issuedAt.nanoseconds / 1_000_000_000)
    target.append(littleEndian: self.expiresAt.nanoseconds / 1_000_000_000)
    Self.append(self.who.description, to: &target)
    Self.append(self.keyID, to: &target)
    target.append(littleEndian: self.stamp)
    Self.append(self.scope, to: &target)
    Self.append(self.accessKeyID, to: &target)
    Self.append(self.policy, to: &target)
  }

  private static func append(_ text: String, to target: inout ByteWriter) {
    target.append(littleEndian: UInt16(text.utf8.count))
    target.append(text)
  }

  /// Nil when the bytes are of another form. They are proven only after the code was compared.
  init?(_ bytes: RawSpan) {
    var reader = ByteReader(bytes)
    guard reader.byte() == Self.format, let kind = reader.byte().flatMap(Kind.init(rawValue:)),
      let keyVersion = reader.littleEndian(UInt32.self),
      let idBytes = reader.take(ULID.byteCount), let id = ULID(bytes: idBytes),
      let issued = reader.littleEndian(Int64.self), let expires = reader.littleEndian(Int64.self),
      let who = Self.text(&reader).flatMap({ try? Who(parsing: $0) }),
      let keyID = Self.text(&reader), let stamp = reader.littleEndian(UInt64.self),
      let scope = Self.text(&reader), let accessKeyID = Self.text(&reader),
      let policy = Self.text(&reader), reader.isAtEnd,
      (0...4_000_000_000).contains(issued), (0...4_000_000_000).contains(expires)
    else { return nil }
    self.kind = kind
    self.keyVersion = keyVersion
    self.id = id
    self.issuedAt = WallTime(nanoseconds: issued * 1_000_000_000)
    self.expiresAt = WallTime(nanoseconds: expires * 1_000_000_000)
    self.who = who
    self.keyID = keyID
    self.stamp = stamp
    self.scope = scope
    self.accessKeyID = accessKeyID
    self.policy = policy
  }

  private static func text(_ reader: inout ByteReader) -> String? {
    guard let count = reader.littleEndian(UInt16.self), let bytes = reader.take(Int(count)) else {
      return nil
    }
    return bytes.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
  }

  init(
    _ kind: Kind, keyVersion: UInt32, id: ULID, issuedAt: WallTime, expiresAt: WallTime, who: Who,
    keyID: String, stamp: UInt64, scope: String = "", accessKeyID: String = "", policy: String = ""
  ) {
    self.kind = kind
    self.keyVersion = keyVersion
    self.id = id
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
    self.who = who
    self.keyID = keyID
    self.stamp = stamp
    self.scope = scope
    self.accessKeyID = accessKeyID
    self.policy = policy
  }
}
