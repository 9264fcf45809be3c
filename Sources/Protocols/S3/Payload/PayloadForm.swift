/// What `x-amz-content-sha256` says about the body of a request.
public enum PayloadForm: Hashable, Sendable {
  /// The body's SHA-256, in lower-case hexadecimal as it was given.
  case hashed(String)
  case unsigned
  /// aws-chunked: whether chunks are signed, and whether trailers follow.
  case chunked(isSigned: Bool, hasTrailer: Bool)

  /// Nil for anything that is not known.
  public init?(_ text: String) {
    switch text {
    case "UNSIGNED-PAYLOAD": self = .unsigned
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": self = .chunked(isSigned: true, hasTrailer: false)
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
      self = .chunked(isSigned: true, hasTrailer: true)
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      self = .chunked(isSigned: false, hasTrailer: true)
    default:
      guard text.utf8.count == 64,
        text.utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 || 0x41...0x46 ~= $0 })
      else { return nil }
      self = .hashed(text.lowercased())
    }
  }

  public var isChunked: Bool {
    if case .chunked = self { return true }
    return false
  }
}
