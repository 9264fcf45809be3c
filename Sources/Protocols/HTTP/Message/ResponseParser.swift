private import Bytes

/// The first line of a response and where its content ends.
public struct ResponseHead: ~Copyable {
  public internal(set) var status = Status.ok
  public internal(set) var version = Version.http11
  public internal(set) var reason = Extent.empty
  public internal(set) var framing = ResponseFraming.none
  /// Whether the server will take another request on this connection.
  public internal(set) var keepsAlive = true
  public internal(set) var fields = HeaderFields()
  public internal(set) var byteCount = 0

  public init() {}
}

/// Where the content of a response ends.
public enum ResponseFraming: Equatable, Sendable {
  case none
  case length(Int64)
  case chunked
  /// With the connection.
  case close
}

/// Reads response heads out of a growing window, as `RequestParser` does for requests. A refusal has
/// status 502: it is what a gateway would say about its upstream.
public struct ResponseParser: ~Copyable {
  private enum Phase { case line, fields, done }

  public let limits: MessageLimits
  public private(set) var head = ResponseHead()
  private var phase = Phase.line
  private var at = 0
  private var fieldsStart = 0
  private var digest = FieldDigest()
  private var requestMethod = Method.get

  public init(limits: MessageLimits) { self.limits = limits }

  /// Gets ready for the answer to a request with this method.
  public mutating func reset(answering method: Method) {
    self.requestMethod = method
    self.phase = .line
    self.at = 0
    self.digest = FieldDigest()
    self.head.fields.removeAll()
  }

  /// The byte count of the head; nil when more bytes are needed.
  public mutating func parse(_ bytes: RawSpan) throws(HTTPError) -> Int? {
    do {
      return try bytes.withUnsafeBytes { buffer throws(HTTPError) in
        try self.parse(Window(buffer))
      }
    } catch {
      var error = error
      error.status = .badGateway
      throw error
    }
  }

  private mutating func parse(_ window: Window) throws(HTTPError) -> Int? {
    if self.phase == .line {
      guard try self.parseLine(window) else { return nil }
      self.phase = .fields
    }
    while self.phase == .fields {
      switch try FieldLine.parse(window, at: self.at, .shared) {
      case .field(let name, let nameRange, let value, let next):
        self.at = next
        self.head.fields.append(name, nameRange, value)
        if name.framesMessage { try self.digest.note(name, value, window) }
      case .end(let next):
        self.at = next
        try self.finish()
        self.phase = .done
      case .incomplete:
        try self.checkSize(window.count)
        return nil
      }
      try self.checkSize(self.at)
    }
    return self.at
  }

  private func checkSize(_ end: Int) throws(HTTPError) {
    guard
      end - self.fieldsStart > self.limits.headerBytes + 2
        || self.head.fields.count > self.limits.headerCount
    else { return }
    throw HTTPError(
      .badGateway, .headerTooLarge,
      """
      the header fields have more than \(self.limits.headerBytes) bytes \
      or are more than \(self.limits.headerCount)
      """)
  }

  /// `HTTP/1.1 SP 3 digits [SP reason] CR LF`
  private mutating func parseLine(_ window: Window) throws(HTTPError) -> Bool {
    let end = window.firstControl(from: 0)
    guard end <= self.limits.startLineBytes else { throw Self.badLine }
    guard end + 1 < window.count else { return false }
    guard window[end] == 0x0D, window[end + 1] == 0x0A, end >= 12 else { throw Self.badLine }
    switch window.word64(at: 0) {
    case 0x312E_312F_5054_5448: self.head.version = .http11
    case 0x302E_312F_5054_5448: self.head.version = .http10
    default: throw Self.badLine
    }
    var code: UInt16 = 0
    for index in 9..<12 {
      guard Grammar.isDigit(window[index]) else { throw Self.badLine }
      code = code * 10 + UInt16(window[index] - 0x30)
    }
    guard window[8] == 0x20, code >= 100, end == 12 || window[12] == 0x20 else {
      throw Self.badLine
    }
    self.head.status = Status(code)
    self.head.reason = Extent(Swift.min(13, end)..<end)
    self.at = end + 2
    self.fieldsStart = self.at
    return true
  }

  private static var badLine: HTTPError {
    HTTPError(.badGateway, .badStatusLine, "the response begins with no HTTP/1 status line")
  }

  private mutating func finish() throws(HTTPError) {
    self.head.byteCount = self.at
    if self.digest.hasChunkedCoding, self.digest.contentLength != nil {
      throw HTTPError(
        .badGateway, .badFraming, "both Transfer-Encoding and Content-Length are given")
    }
    self.head.framing =
      if !self.head.status.allowsContent || self.requestMethod == .head {
        .none
      } else if self.digest.hasChunkedCoding {
        .chunked
      } else if let length = self.digest.contentLength {
        .length(length)
      } else {
        .close
      }
    let persists =
      switch self.head.version {
      case .http11: !self.digest.hasClose
      case .http10: self.digest.hasKeepAlive && !self.digest.hasClose
      }
    self.head.keepsAlive = persists && self.head.framing != .close
  }
}
