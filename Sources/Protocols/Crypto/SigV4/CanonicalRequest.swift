public import Bytes

/// The parts of a request that are signed, lent.
public struct SigV4Request: ~Escapable {
  /// Upper case.
  public let method: RawSpan
  /// As on the request line, without the query.
  public let path: RawSpan
  /// As on the request line, without the `?`.
  public let query: RawSpan
  /// Names joined with `;`, lower-case and sorted.
  public let signedNames: RawSpan
  /// 64 hexadecimal digits, or one of the words that stand for them.
  public let payloadHash: RawSpan

  @_lifetime(copy method, copy path, copy query, copy signedNames, copy payloadHash)
  public init(
    method: RawSpan, path: RawSpan, query: RawSpan, signedNames: RawSpan, payloadHash: RawSpan
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.signedNames = signedNames
    self.payloadHash = payloadHash
  }

  /// How the path is written into the canonical request.
  public enum PathForm: Sendable {
    /// Decoded once, then encoded by the rule: what S3 clients sign.
    case reencoded
    /// As it was sent: what some clients sign when they left characters unencoded.
    case asSent
  }

  /// Appends the text whose hash is signed:
  /// method, path, query, headers, names of the headers and payload hash, each on a line of its own.
  public func appendCanonical(
    _ headers: borrowing some SigV4Headers, pathForm: PathForm = .reencoded,
    to target: inout ByteWriter
  ) {
    let newLine = UInt8(ascii: "\n")
    target.append(self.method)
    target.append(newLine)
    if self.path.isEmpty {
      target.append(UInt8(ascii: "/"))
    } else {
      switch pathForm {
      case .reencoded:
        URIEncoding.append(
          reencoding: self.path, keepsSlash: true, plusIsSpace: false, to: &target)
      case .asSent: target.append(self.path)
      }
    }
    target.append(newLine)
    Self.appendCanonical(query: self.query, to: &target)
    target.append(newLine)
    self.appendHeaders(headers, to: &target)
    target.append(newLine)
    target.append(self.signedNames)
    target.append(newLine)
    target.append(self.payloadHash)
  }

  private func appendHeaders(
    _ headers: borrowing some SigV4Headers, to target: inout ByteWriter
  ) {
    var start = 0
    while start < self.signedNames.byteCount {
      let end =
        self.signedNames.firstOffset(of: UInt8(ascii: ";"), from: start)
        ?? self.signedNames.byteCount
      let name = self.signedNames.extracting(start..<end)
      target.append(name)
      target.append(UInt8(ascii: ":"))
      var isFirst = true
      headers.forEachValue(of: name) { value in
        if !isFirst { target.append(UInt8(ascii: ",")) }
        isFirst = false
        Self.append(collapsing: value, to: &target)
      }
      target.append(UInt8(ascii: "\n"))
      start = end + 1
    }
  }

  /// A value without blanks at its ends, inner runs of them as one space.
  private static func append(collapsing value: RawSpan, to target: inout ByteWriter) {
    var owesSpace = false
    var isEmpty = true
    for index in 0..<value.byteCount {
      let byte = value[byteAt: index]
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
        owesSpace = !isEmpty
      } else {
        if owesSpace { target.append(UInt8(ascii: " ")) }
        owesSpace = false
        isEmpty = false
        target.append(byte)
      }
    }
  }

  private struct Pair {
    var name: Range<Int>
    var value: Range<Int>
  }

  /// The pieces of a query re-encoded and sorted by name, then value; without `X-Amz-Signature`.
  private static func appendCanonical(query: RawSpan, to target: inout ByteWriter) {
    guard query.byteCount > 0 else { return }
    var pairs: [Pair] = []
    var encoded = ByteWriter(capacity: query.byteCount + 32)
    var start = 0
    while start < query.byteCount {
      let end = query.firstOffset(of: UInt8(ascii: "&"), from: start) ?? query.byteCount
      let piece = query.extracting(start..<end)
      start = end + 1
      guard piece.byteCount > 0 else { continue }
      let equal = piece.firstOffset(of: UInt8(ascii: "=")) ?? piece.byteCount
      let nameStart = encoded.count
      URIEncoding.append(
        reencoding: piece.extracting(0..<equal), keepsSlash: false, plusIsSpace: true,
        to: &encoded)
      let valueStart = encoded.count
      if encoded.bytes.extracting(nameStart..<valueStart).isEqual(to: "X-Amz-Signature") {
        encoded.truncate(to: nameStart)
        continue
      }
      if equal < piece.byteCount {
        URIEncoding.append(
          reencoding: piece.extracting(equal + 1..<piece.byteCount), keepsSlash: false,
          plusIsSpace: true, to: &encoded)
      }
      pairs.append(Pair(name: nameStart..<valueStart, value: valueStart..<encoded.count))
    }
    encoded.withUnsafeBytes { bytes in
      pairs.sort { left, right in
        let names = compare(bytes, left.name, right.name)
        return names == 0 ? compare(bytes, left.value, right.value) < 0 : names < 0
      }
      var isFirst = true
      for pair in pairs {
        if !isFirst { target.append(UInt8(ascii: "&")) }
        isFirst = false
        target.append(copying: UnsafeRawBufferPointer(rebasing: bytes[pair.name]))
        target.append(UInt8(ascii: "="))
        target.append(copying: UnsafeRawBufferPointer(rebasing: bytes[pair.value]))
      }
    }
  }

  private static func compare(
    _ bytes: UnsafeRawBufferPointer, _ left: Range<Int>, _ right: Range<Int>
  ) -> Int {
    for (one, other) in zip(bytes[left], bytes[right]) where one != other {
      return one < other ? -1 : 1
    }
    return left.count - right.count
  }
}
