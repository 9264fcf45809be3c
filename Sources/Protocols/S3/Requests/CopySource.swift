private import Bytes
private import HTTP

/// `x-amz-copy-source: [/]bucket/key[?versionId=…]`, percent-encoded.
public struct CopySource: Hashable, Sendable {
  public var bucket: String
  public var key: [UInt8]
  public var version: String?

  /// The version is split off at the last `?versionId=` that stands as it is; then the rest is decoded
  /// once.
  public init(_ header: String) throws(S3Error) {
    var text = Substring(header)
    let mark = "?versionId="
    if let at = Self.lastRange(of: mark, in: text) {
      self.version = String(text[at.upperBound...])
      text = text[..<at.lowerBound]
    }
    let bytes = Array(text.utf8)
    var decoded = ByteWriter(capacity: bytes.count)
    guard PercentCoding.decode(bytes.rawBytes, to: &decoded), decoded.bytes.text != nil else {
      throw .invalidArgument("x-amz-copy-source", header, "the source is not percent-encoded UTF-8")
    }
    var plain = decoded.bytes.array[...]
    if plain.first == UInt8(ascii: "/") { plain = plain.dropFirst() }
    guard let slash = plain.firstIndex(of: UInt8(ascii: "/")), slash > plain.startIndex,
      slash + 1 < plain.endIndex
    else {
      throw .invalidArgument("x-amz-copy-source", header, "the source is not bucket/key")
    }
    self.bucket = String(decoding: plain[..<slash], as: UTF8.self)
    self.key = Array(plain[(slash + 1)...])
    guard self.key.count <= 1024 else {
      throw S3Error(.keyTooLong, "the source's key has \(self.key.count) bytes")
    }
  }

  private static func lastRange(
    of mark: String, in text: Substring
  ) -> Range<Substring.Index>? {
    var at = text.endIndex
    while at > text.startIndex {
      at = text.index(before: at)
      if text[at...].hasPrefix(mark) { return at..<text.index(at, offsetBy: mark.count) }
    }
    return nil
  }
}

/// `bytes=first-last` of a part's copy: exactly this form.
public struct CopyRange: Hashable, Sendable {
  public var first: Int64
  public var last: Int64

  public init(_ header: String) throws(S3Error) {
    let wrong = S3Error.invalidArgument(
      "x-amz-copy-source-range", header, "the range is not bytes=first-last")
    guard header.hasPrefix("bytes=") else { throw wrong }
    let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2,
      ends.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }),
      let first = Int64(ends[0]), let last = Int64(ends[1]), first <= last
    else { throw wrong }
    self.first = first
    self.last = last
  }
}
