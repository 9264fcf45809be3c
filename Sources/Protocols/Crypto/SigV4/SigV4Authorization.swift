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
    let start = Self.algorithm.utf8.count + 1
    guard header.byteCount <= Self.textByteCountMax, header.text != nil else {
      throw SigV4Error(.malformedHeader, "Authorization is not text, or too long")
    }
    guard header.byteCount >= start,
      header.extracting(0..<start - 1).isEqual(toText: Self.algorithm),
      header[byteAt: start - 1] == UInt8(ascii: " ")
    else {
      throw SigV4Error(.malformedHeader, "Authorization is not of the form \(Self.algorithm) …")
    }
    var places = Places()
    var at = start
    while at < header.byteCount {
      let end = header.firstOffset(of: UInt8(ascii: ","), from: at) ?? header.byteCount
      if end > at { try places.take(at..<end, of: header) }
      at = end + 1
    }
    guard let credential = places.credential, let names = places.names,
      let signature = places.signature
    else {
      throw SigV4Error(
        .malformedHeader, "Authorization needs Credential, SignedHeaders and Signature, no more")
    }
    try self.init(
      credential: header.extracting(credential), names: header.extracting(names),
      signature: header.extracting(signature), code: .malformedHeader)
  }

  /// Where the three values are in a header.
  private struct Places {
    var credential: Range<Int>?
    var names: Range<Int>?
    var signature: Range<Int>?

    /// `NAME=VALUE` with blanks around it.
    mutating func take(_ piece: Range<Int>, of header: RawSpan) throws(SigV4Error) {
      var start = piece.lowerBound
      var end = piece.upperBound
      while start < end, header[byteAt: start] == UInt8(ascii: " ") { start += 1 }
      while end > start, header[byteAt: end - 1] == UInt8(ascii: " ") { end -= 1 }
      let part = header.extracting(start..<end)
      guard let equal = part.firstOffset(of: UInt8(ascii: "=")) else {
        throw SigV4Error(.malformedHeader, "Authorization has a part without =")
      }
      let name = part.extracting(0..<equal)
      let value = start + equal + 1..<end
      let former: Range<Int>?
      if name.isEqual(to: "Credential") {
        former = self.credential
        self.credential = value
      } else if name.isEqual(to: "SignedHeaders") {
        former = self.names
        self.names = value
      } else if name.isEqual(to: "Signature") {
        former = self.signature
        self.signature = value
      } else {
        throw SigV4Error(
          .malformedHeader,
          "Authorization needs Credential, SignedHeaders and Signature, no \(name.lossyText)")
      }
      guard former == nil else {
        throw SigV4Error(.malformedHeader, "Authorization has \(name.lossyText) twice")
      }
    }
  }

  init(
    credential: RawSpan, names: RawSpan, signature: RawSpan, code: SigV4Error.Code
  ) throws(SigV4Error) {
    // An access key may hold slashes: the scope is the last four parts.
    var slashes: (Int, Int, Int, Int) = (-1, -1, -1, -1)
    var count = 0
    var at = credential.byteCount
    while at > 0, count < 4 {
      at -= 1
      guard credential[byteAt: at] == UInt8(ascii: "/") else { continue }
      slashes = (at, slashes.0, slashes.1, slashes.2)
      count += 1
    }
    guard count == 4,
      credential.extracting(slashes.3 + 1..<credential.byteCount).isEqual(to: "aws4_request")
    else {
      throw SigV4Error(code, "Credential is not KEY/yyyymmdd/region/service/aws4_request")
    }
    let day = credential.extracting(slashes.0 + 1..<slashes.1)
    guard Self.isDay(day) else {
      throw SigV4Error(code, "the day \(day.lossyText) of Credential is not yyyymmdd")
    }
    guard slashes.0 > 0 else { throw SigV4Error(code, "Credential has no access key") }
    guard Self.isSortedLowerCase(names) else {
      throw SigV4Error(code, "SignedHeaders is not a sorted list of lower-case names")
    }
    guard let digest = Digest<32>(lowerCaseHexadecimal: signature) else {
      throw SigV4Error(code, "Signature is not 64 lower-case hexadecimal digits")
    }
    self.init(
      accessKeyID: credential.extracting(0..<slashes.0).lossyText,
      scope: SigV4Scope(
        day: day.lossyText, region: credential.extracting(slashes.1 + 1..<slashes.2).lossyText,
        service: credential.extracting(slashes.2 + 1..<slashes.3).lossyText),
      signedNames: names.lossyText, signature: digest)
  }

  private static func isDay(_ text: RawSpan) -> Bool {
    guard text.byteCount == 8 else { return false }
    for index in 0..<8 where !(0x30...0x39 ~= text[byteAt: index]) { return false }
    return true
  }

  private static func isSortedLowerCase(_ names: RawSpan) -> Bool {
    var previous = 0..<0
    var start = 0
    while start <= names.byteCount {
      let end = names.firstOffset(of: UInt8(ascii: ";"), from: start) ?? names.byteCount
      guard end > start else { return false }
      for index in start..<end {
        let byte = names[byteAt: index]
        guard byte > 0x20, byte < 0x7F, !(0x41...0x5A ~= byte) else { return false }
      }
      guard Self.precedes(previous, start..<end, in: names) else { return false }
      previous = start..<end
      start = end + 1
    }
    return true
  }

  private static func precedes(_ left: Range<Int>, _ right: Range<Int>, in names: RawSpan) -> Bool {
    for offset in 0..<min(left.count, right.count) {
      let one = names[byteAt: left.lowerBound + offset]
      let other = names[byteAt: right.lowerBound + offset]
      if one != other { return one < other }
    }
    return left.count < right.count
  }

  /// The value of the `Authorization` header.
  public var headerValue: String {
    "\(Self.algorithm) Credential=\(self.accessKeyID)/\(self.scope),"
      + "SignedHeaders=\(self.signedNames),Signature=\(self.signature)"
  }

  /// - Parameters:
  ///   - names: joined with `;`, lower-case.
  ///   - name: in any case.
  static func names(_ names: RawSpan, contain name: RawSpan) -> Bool {
    var start = 0
    while start < names.byteCount {
      let end = names.firstOffset(of: UInt8(ascii: ";"), from: start) ?? names.byteCount
      if end - start == name.byteCount {
        var offset = 0
        while offset < name.byteCount, name[lowerAt: offset] == names[byteAt: start + offset] {
          offset += 1
        }
        if offset == name.byteCount { return true }
      }
      start = end + 1
    }
    return false
  }
}

extension RawSpan {
  /// A byte, as the lower case of its letter.
  subscript(lowerAt offset: Int) -> UInt8 {
    let byte = self[byteAt: offset]
    return 0x41...0x5A ~= byte ? byte | 0x20 : byte
  }
}
