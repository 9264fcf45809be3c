private import Bytes

/// What the headers of an upload say about the checksum of its content.
public struct ChecksumHeaders: Hashable, Sendable {
  /// What the content is checked with; nil: nothing is said.
  public var kind: ChecksumKind?
  /// The value, when a header has it; else a trailer will.
  public var value: [UInt8]?
  public var isInTrailer = false

  public init() {}

  /// - Parameter header: the value of a header, by its lower-case name.
  /// - Parameter trailers: lower-case names of `x-amz-trailer`.
  public init(
    header: (String) -> String?, trailers: [String] = []
  ) throws(S3Error) {
    for name in ChecksumKind.unsupportedHeaders where header(name) != nil || trailers.contains(name)
    {
      throw S3Error(.invalidRequest, "\(name) is not supported")
    }
    for kind in ChecksumKind.allCases {
      guard let text = header(kind.header) else { continue }
      guard self.kind == nil else {
        throw S3Error(.invalidRequest, "Expecting a single x-amz-checksum- header")
      }
      self.kind = kind
      self.value = try Self.value(text, kind)
    }
    for name in trailers {
      guard let kind = ChecksumKind(header: name) else { continue }
      guard self.kind == nil || self.kind == kind else {
        throw S3Error(.invalidRequest, "the header and the trailer are of two checksums")
      }
      self.kind = kind
      self.isInTrailer = true
    }
    if let name = header("x-amz-sdk-checksum-algorithm") {
      guard let announced = ChecksumKind(name: name) else {
        throw S3Error(.invalidRequest, "the checksum algorithm \(name.prefix(40)) is not supported")
      }
      if let kind = self.kind, kind != announced {
        throw S3Error(
          .invalidRequest,
          "x-amz-sdk-checksum-algorithm is \(announced.name), what comes is \(kind.name)")
      }
      if self.kind == nil { self.kind = announced }
    }
  }

  /// The bytes of a value; throws when it is no base64 of as many as the kind has.
  public static func value(_ text: String, _ kind: ChecksumKind) throws(S3Error) -> [UInt8] {
    guard let bytes = Base64.bytes(of: text), bytes.count == kind.byteCount else {
      throw S3Error(
        .badDigest, "Value for \(kind.header) header is invalid.")
    }
    return bytes
  }
}
