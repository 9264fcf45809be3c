/// Why a signed request cannot be read or believed. The service turns the code into its protocol's words.
public struct SigV4Error: Error, Sendable, Equatable, CustomStringConvertible {
  public var code: Code
  public var message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(self.code.rawValue): \(self.message)" }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The `Authorization` header has not the form of Signature Version 4.
    public static let malformedHeader = Code(rawValue: "sigv4.malformed_header")
    /// A presigned parameter is missing, repeated or not readable.
    public static let malformedQuery = Code(rawValue: "sigv4.malformed_query")
    /// A header that must be signed is not.
    public static let headersNotSigned = Code(rawValue: "sigv4.headers_not_signed")
    /// The request's time, or its expiry, cannot be read or does not fit the scope.
    public static let malformedTime = Code(rawValue: "sigv4.malformed_time")
    /// The request's time is too far from ours.
    public static let timeSkewed = Code(rawValue: "sigv4.time_skewed")
    public static let expired = Code(rawValue: "sigv4.expired")
    /// The signature is not the one that the secret gives.
    public static let wrongSignature = Code(rawValue: "sigv4.wrong_signature")
  }
}
