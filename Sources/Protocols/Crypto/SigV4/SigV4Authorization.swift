private import Bytes

/// What a request says about its own signature, from its `Authorization` header or its query.
public struct SigV4Authorization: Sendable, Equatable {
  public var accessKeyID: String
  public var scope: SigV4Scope
  /// Names joined with `;`.
  public var signedNames: String
  public var signature: Digest<32>

  public static let algorithm = "AWS4-HMAC-SHA256"
  static let textByteCountMax = 16_384

  public init(
    accessKeyID: String, scope: SigV4Scope, signedNames: String, signature: Digest<32>
  ) {
    self.accessKeyID = accessKeyID
    self.scope = scope
    self.signedNames = signedNames
    self.signature = signature
  }

  /// Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, the three in any order.
  public init(header: RawSpan) throws(SigV4Error) {
    guard header.byteCount <= Self.textByteCountMax, let text = header.text else {
      throw SigV4Error(.malformedHeader, "Authorization is not text, or too long")
    }
    guard text.hasPrefix(Self.algorithm + " ") else {
      throw SigV4Error(.malformedHeader, "Authorization is not of the form \(Self.algorithm) …")
    }
    var values: [Substring: Substring] = [:]
    for piece in text.dropFirst(Self.algorithm.count + 1).split(separator: ",") {
      let trimmed = piece.drop { $0 == " " }
      guard let equal = trimmed.firstIndex(of: "=") else {
        throw SigV4Error(.malformedHeader, "Authorization has a part without =")
      }
      let value = trimmed[trimmed.index(after: equal)...]
      var end = value.endIndex
      while end > value.startIndex, value[value.index(before: end)] == " " {
        end = value.index(before: end)
      }
      guard values.updateValue(value[..<end], forKey: trimmed[..<equal]) == nil else {
        throw SigV4Error(.malformedHeader, "Authorization has \(trimmed[..<equal]) twice")
      }
    }
    guard values.count == 3, let credential = values["Credential"],
      let names = values["SignedHeaders"], let signature = values["Signature"]
    else {
      throw SigV4Error(
        .malformedHeader, "Authorization needs Credential, SignedHeaders and Signature, no more")
    }
    try self.init(
      credential: credential, names: names, signature: signature, code: .malformedHeader)
  }

  init(
    credential: Substring, names: Substring, signature: Substring, code: SigV4Error.Code
  ) throws(SigV4Error) {
    // An access key may hold slashes: the scope is the last four parts.
    let parts = credential.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 5, parts[parts.count - 1] == "aws4_request" else {
      throw SigV4Error(code, "Credential is not KEY/yyyymmdd/region/service/aws4_request")
    }
    let scope = parts.suffix(4).map(String.init)
    guard scope[0].utf8.count == 8, scope[0].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
      throw SigV4Error(code, "the day \(scope[0]) of Credential is not yyyymmdd")
    }
    let key = parts.dropLast(4).joined(separator: "/")
    guard !key.isEmpty else { throw SigV4Error(code, "Credential has no access key") }
    guard Self.isSortedLowerCase(names) else {
      throw SigV4Error(code, "SignedHeaders is not a sorted list of lower-case names")
    }
    guard let digest = Digest<32>(hexadecimal: Array(signature.utf8).rawBytes) else {
      throw SigV4Error(code, "Signature is not 64 hexadecimal digits")
    }
    self.init(
      accessKeyID: key,
      scope: SigV4Scope(day: scope[0], region: scope[1], service: scope[2]),
      signedNames: String(names), signature: digest)
  }

  private static func isSortedLowerCase(_ names: Substring) -> Bool {
    var previous = ""
    for name in names.split(separator: ";", omittingEmptySubsequences: false) {
      guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !(0x41...0x5A ~= $0) }),
        previous.utf8.lexicographicallyPrecedes(name.utf8)
      else { return false }
      previous = String(name)
    }
    return !previous.isEmpty
  }

  /// The value of the `Authorization` header.
  public var headerValue: String {
    "\(Self.algorithm) Credential=\(self.accessKeyID)/\(self.scope),"
      + "SignedHeaders=\(self.signedNames),Signature=\(self.signature)"
  }

  public func signs(_ name: String) -> Bool {
    self.signedNames.split(separator: ";").contains(Substring(name))
  }
}
