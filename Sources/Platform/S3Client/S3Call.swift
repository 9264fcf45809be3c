private import Bytes
public import HTTP

/// One request to a store, before it is signed.
public struct S3Call: Sendable {
  public var method: HTTP.Method
  public var bucket: String
  /// Empty for the bucket itself.
  public var key: String
  /// Percent-encoded.
  public var query = ""
  public var fields: [(name: String, value: String)] = []
  public var content: [UInt8] = []
  /// False: what is sent is not covered by the signature, which spares hashing it.
  public var signsContent = true
  /// How long an answer may be.
  public var answerBytesMax = 64 << 10

  public init(
    _ method: HTTP.Method, bucket: String, key: String = "",
    _ prepare: (inout S3Call) -> Void = { _ in }
  ) {
    self.method = method
    self.bucket = bucket
    self.key = key
    prepare(&self)
  }
}

/// Why a store did not do what it was asked.
public struct S3ClientError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// Whether it was done is not known.
    case unreachable
    case exists
    case tooLarge
    case refused
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { self.message }
}

/// A page of the objects of a bucket, in the order of their names.
public struct S3Page: Sendable {
  public struct Entry: Hashable, Sendable {
    public var key: String
    public var byteCount: Int64
    public var modifiedAtMS: Int64?
  }

  public var entries: [Entry]
  /// The last name of this page is where the next one begins.
  public var isMore: Bool
}
