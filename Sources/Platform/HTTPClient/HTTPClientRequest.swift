public import HTTP
internal import Values

/// What to ask, and of whom.
public struct HTTPClientRequest: Sendable {
  public var method: Method
  /// `http://` or `https://`, already percent-encoded; sent as it is.
  public var url: String
  public var fields: [(name: String, value: String)] = []
  public var content = Content.none
  /// For all attempts together; nil: that of the client.
  public var timeout: Duration?
  /// Connects to this socket instead of the URL's host.
  public var unixSocket: String?
  /// Whether sending it twice has the effect of once, when the method does not say so: a POST with an
  /// idempotency key.
  public var isIdempotent: Bool
  /// Asks the server for `100 Continue` before the content is sent.
  public var expectsContinue = false
  /// Nil: that of the client.
  public var retries: RetryPolicy?

  public enum Content: Sendable {
    case none
    case bytes([UInt8])
    /// The next piece, nil at the end; asked when the last one is on its way. With a length, exactly
    /// that many bytes; without, in chunks. Sent once: such a request is not repeated after it began.
    case stream(length: Int64?, next: @Sendable () async throws -> [UInt8]?)

    var length: Int64? {
      switch self {
      case .none: 0
      case .bytes(let bytes): Int64(bytes.count)
      case .stream(let length, _): length
      }
    }
    var canBeRepeated: Bool {
      switch self {
      case .none, .bytes: true
      case .stream: false
      }
    }
  }

  public init(_ method: Method, _ url: String) {
    self.method = method
    self.url = url
    self.isIdempotent = method.isIdempotent
  }

  public init(_ method: Method, _ url: String, _ change: (inout HTTPClientRequest) -> Void) {
    self.init(method, url)
    change(&self)
  }
}

/// An answer with all of its content.
public struct HTTPClientAnswer: Sendable {
  public var status: Status
  /// In the order they came.
  public var fields: [(name: String, value: String)]
  public var content: [UInt8]

  public func field(_ name: String) -> String? { self.fields.value(of: name) }
  public var text: String { String(decoding: self.content, as: UTF8.self) }
}

extension [(name: String, value: String)] {
  /// The first value of a name, whatever its case.
  func value(of name: String) -> String? {
    self.first { field in
      field.name.utf8.count == name.utf8.count
        && zip(field.name.utf8, name.utf8).allSatisfy { left, right in
          Self.folded(left) == Self.folded(right)
        }
    }?.value
  }

  private static func folded(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
  }
}
