private import Bytes
public import Crypto

/// Version 2 of the protocol's signatures, which clients still put into addresses they make for others to
/// use, and into forms. It covers the method, the resource, the time and `x-amz-` headers, and no body.
public enum SignatureV2 {
  /// Arguments of a query that are part of the resource, beside the words that choose an operation.
  private static let resourceArguments: Set<String> = [
    "defaultObjectAcl", "metrics", "partNumber", "response-cache-control",
    "response-content-disposition", "response-content-encoding", "response-content-language",
    "response-content-type", "response-expires", "select-type", "storageClass", "uploadId",
    "versionId",
  ]

  /// Every word that chooses an operation counts, also those that came after this version: who has an
  /// address cannot make another operation of it. All other arguments can be changed by anybody.
  private static func isSigned(_ name: String) -> Bool {
    Self.resourceArguments.contains(name) || SubResource(name: name) != nil
  }

  /// What is signed. `date` is the text of the header `Date`, empty where `x-amz-date` is there instead, or
  /// the end of an address.
  public static func text(
    of request: borrowing SignatureV2Request, date: String, headers: some SigV4Headers
  ) -> String {
    var lines = [request.method]
    for name in ["content-md5", "content-type"] {
      lines.append(Self.values(of: name, headers).first ?? "")
    }
    lines.append(date)
    for (name, value) in Self.ownHeaders(headers, request.arguments) {
      lines.append("\(name):\(value)")
    }
    return lines.joined(separator: "\n") + "\n" + Self.resource(request)
  }

  private static func values(of name: String, _ headers: some SigV4Headers) -> [String] {
    var found: [String] = []
    let bytes = Array(name.utf8)
    headers.forEachValue(of: bytes.rawBytes) { found.append($0.lossyText) }
    return found
  }

  /// Those that begin with `x-amz-`, sorted; an address carries them as arguments.
  private static func ownHeaders(
    _ headers: some SigV4Headers, _ arguments: [(name: String, value: String)]
  ) -> [(name: String, value: String)] {
    var names: Set<String> = []
    headers.forEachName { names.insert($0.lossyText.lowercased()) }
    var lines = names.filter { $0.hasPrefix("x-amz-") }.map { name in
      (name: name, value: Self.values(of: name, headers).map(Self.folded).joined(separator: ","))
    }
    for (name, value) in arguments {
      let lowered = name.lowercased()
      guard lowered.hasPrefix("x-amz-"), !names.contains(lowered) else { continue }
      lines.append((lowered, Self.folded(value)))
    }
    return lines.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
  }

  private static func folded(_ value: String) -> String {
    value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
  }

  private static func resource(_ request: borrowing SignatureV2Request) -> String {
    let bucket = request.virtualBucket.map { "/" + $0 } ?? ""
    let arguments = request.arguments.filter { Self.isSigned($0.name) }
      .sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
      .map { $0.value.isEmpty ? $0.name : "\($0.name)=\($0.value)" }
    let path = bucket + request.path
    return arguments.isEmpty ? path : path + "?" + arguments.joined(separator: "&")
  }

  /// Base64 of the text's HMAC-SHA1.
  public static func signature(of text: String, secret: String) -> String {
    var key = Array(secret.utf8)
    if key.count > 64 { key = SHA1.digest(of: key.rawBytes).array }
    key += [UInt8](repeating: 0, count: 64 - key.count)
    let inner = SHA1.digest(of: (key.map { $0 ^ 0x36 } + Array(text.utf8)).rawBytes)
    let outer = SHA1.digest(of: (key.map { $0 ^ 0x5C } + inner.array).rawBytes)
    return Base64.text(of: outer.bytes)
  }
}

/// What of a request its signature of version 2 covers, but for headers and time.
public struct SignatureV2Request: Sendable {
  public var method: String
  /// As it was sent, not decoded.
  public var path: String
  /// Decoded.
  public var arguments: [(name: String, value: String)]
  /// The bucket that the host names, where the path does not.
  public var virtualBucket: String?

  public init(
    method: String, path: String, arguments: [(name: String, value: String)],
    virtualBucket: String?
  ) {
    self.method = method
    self.path = path
    self.arguments = arguments
    self.virtualBucket = virtualBucket
  }
}
