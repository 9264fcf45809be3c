private import Bytes
public import Crypto
private import HTTP
public import Values

/// Keys that sign requests to a store.
public struct S3Credentials: Sendable {
  public var accessKeyID: String
  public var secretAccessKey: Secret<String>
  public var sessionToken: Secret<String>?

  public init(
    accessKeyID: String, secretAccessKey: Secret<String>, sessionToken: Secret<String>? = nil
  ) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
  }
}

/// An S3 store: how its objects are addressed and how requests to it are signed.
public struct S3Endpoint: Hashable, Sendable {
  public let scheme: String
  /// With the port where it is not the scheme's own.
  public let authority: String
  public let region: String
  public let usesPathStyle: Bool

  /// Nil for what is no address of a store.
  ///
  /// - Parameter text: `http://127.0.0.1:9000`, without a path.
  public init?(_ text: String, region: String, usesPathStyle: Bool) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3 || parts.count == 4 && parts[3].isEmpty, parts[1].isEmpty,
      parts[0] == "http:" || parts[0] == "https:", !parts[2].isEmpty, !parts[2].contains("@")
    else { return nil }
    self.scheme = String(parts[0].dropLast())
    let standard = self.scheme == "http" ? ":80" : ":443"
    let authority = parts[2].lowercased()
    self.authority =
      authority.hasSuffix(standard) ? String(authority.dropLast(standard.count)) : authority
    self.region = region
    self.usesPathStyle = usesPathStyle
  }

  public var text: String { "\(self.scheme)://\(self.authority)" }

  public func host(ofBucket bucket: String) -> String {
    self.usesPathStyle ? self.authority : "\(bucket).\(self.authority)"
  }

  /// The path of an object, or of the bucket for an empty key, percent-encoded.
  public func path(bucket: String, key: String) -> String {
    var path = ByteWriter()
    path.append(UInt8(ascii: "/"))
    if self.usesPathStyle {
      PercentCoding.encode(Array(bucket.utf8).rawBytes, to: &path)
      if !key.isEmpty { path.append(UInt8(ascii: "/")) }
    }
    PercentCoding.encode(Array(key.utf8).rawBytes, keepingSlashes: true, to: &path)
    return path.bytes.lossyText
  }

  /// Who signs what `keys` send on the day of `now`: the key of a day takes four hashes.
  public func signer(of keys: S3Credentials, at now: WallTime) -> SigV4Signer {
    SigV4Signer(
      accessKeyID: keys.accessKeyID,
      key: SigV4Key(
        secret: keys.secretAccessKey.exposed,
        scope: SigV4Scope(day: SigV4Time(now).day, region: self.region, service: "s3")))
  }

  /// The header fields of a signed request, those that were given among them.
  public static func signed(
    method: String, host: String, path: String, query: String,
    fields: [(name: String, value: String)], payloadHash: String, token: Secret<String>?,
    by signer: SigV4Signer, at now: WallTime
  ) -> [(name: String, value: String)] {
    let time = SigV4Time(now)
    var fields = fields
    fields.append(("x-amz-date", "\(time)"))
    fields.append(("x-amz-content-sha256", payloadHash))
    if let token { fields.append(("x-amz-security-token", token.exposed)) }
    let authorization = signer.authorization(
      method: method, path: path, query: query,
      headers: SigV4HeaderList(fields + [(name: "host", value: host)]), payloadHash: payloadHash,
      at: time)
    fields.append(("Authorization", authorization.headerValue))
    return fields
  }
}
