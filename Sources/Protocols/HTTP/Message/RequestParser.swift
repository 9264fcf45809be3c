private import Bytes

/// Reads request heads out of a growing window, and keeps nothing but offsets.
///
/// `parse` is called with the same bytes and more behind them until it answers how long the head is;
/// lines that were complete are not looked at again. It refuses whatever two servers might frame
/// differently, with the status that RFC 9110 has for it; after a refusal the connection is to be closed.
public struct RequestParser: ~Copyable {
  enum Phase { case line, fields, done }

  public let limits: MessageLimits
  public internal(set) var head = RequestHead()
  var phase = Phase.line
  /// Where the line begins that is parsed next.
  var at = 0
  var fieldsStart = 0
  var digest = FieldDigest()
  let names = FieldNameTable.shared

  public init(limits: MessageLimits) {
    precondition(limits.headBytes <= 16 << 20, "head limit \(limits.headBytes)")
    self.limits = limits
  }

  /// Gets ready for the next request, whose first byte will be the window's first.
  public mutating func reset() {
    self.head.clear()
    self.phase = .line
    self.at = 0
    self.digest = FieldDigest()
  }

  /// Resets, and gives memory back: for a connection that waits for a request.
  public mutating func release() {
    self.reset()
    self.head.fields.release()
  }

  /// Whether a byte of the next request was seen.
  public var hasBegun: Bool { self.phase != .line || self.at > 0 }

  /// The byte count of the head, with which `head` is whole; nil when more bytes are needed.
  public mutating func parse(_ bytes: RawSpan) throws(HTTPError) -> Int? {
    try bytes.withUnsafeBytes { buffer throws(HTTPError) in
      try self.parse(Window(buffer))
    }
  }

  private mutating func parse(_ window: Window) throws(HTTPError) -> Int? {
    if self.phase == .line {
      guard try self.parseLine(window) else { return nil }
      self.phase = .fields
      self.fieldsStart = self.at
    }
    while self.phase == .fields {
      switch try FieldLine.parse(window, at: self.at, self.names) {
      case .field(let name, let nameRange, let value, let next):
        try self.checkSize(next)
        self.at = next
        self.head.fields.append(name, nameRange, value)
        if name.framesMessage { try self.digest.note(name, value, window) }
      case .end(let next):
        try self.checkSize(next)
        self.at = next
        try self.finish(window)
        self.phase = .done
      case .incomplete:
        try self.checkSize(window.count)
        return nil
      }
    }
    return self.at
  }

  @inline(__always) private func checkSize(_ end: Int) throws(HTTPError) {
    if _slowPath(end &- self.fieldsStart > self.limits.headerBytes &+ 2) {
      throw HTTPError(
        .headerTooLarge, .headerTooLarge,
        "the header fields have more than \(self.limits.headerBytes) bytes")
    }
    if _slowPath(self.head.fields.count > self.limits.headerCount) {
      throw HTTPError(
        .headerTooLarge, .headerTooLarge,
        "there are more than \(self.limits.headerCount) header fields")
    }
  }

  /// What the fields mean together.
  private mutating func finish(_ window: Window) throws(HTTPError) {
    let digest = self.digest
    self.head.byteCount = self.at
    switch (digest.hasChunkedCoding, digest.contentLength) {
    case (true, .some):
      throw HTTPError(
        .badRequest, .badFraming, "both Transfer-Encoding and Content-Length are given")
    case (true, nil):
      guard self.head.version == .http11 else {
        throw HTTPError(.badRequest, .badFraming, "HTTP/1.0 has no Transfer-Encoding")
      }
      self.head.framing = .chunked
    case (false, .some(let length)):
      guard length <= self.limits.bodyBytes else {
        throw HTTPError(
          .contentTooLarge, .bodyTooLarge,
          "the content has \(length) bytes, the limit is \(self.limits.bodyBytes)")
      }
      self.head.framing = .length(length)
    case (false, nil): self.head.framing = .none
    }
    try self.finishHost(window)
    switch self.head.version {
    case .http11:
      self.head.keepsAlive = !digest.hasClose
      self.head.wantsUpgrade = digest.hasConnectionUpgrade && digest.hasUpgrade
      // HTTP/1.0 clients cannot mean it: RFC 9110, section 10.1.1.
      self.head.hasUnknownExpectation = digest.hasUnknownExpectation
      self.head.expectsContinue = digest.expectsContinue && self.head.framing.hasContent
    case .http10:
      self.head.keepsAlive = digest.hasKeepAlive && !digest.hasClose
    }
  }

  private mutating func finishHost(_ window: Window) throws(HTTPError) {
    guard digest.hostCount <= 1 else {
      throw HTTPError(.badRequest, .badHost, "Host is given \(digest.hostCount) times")
    }
    guard digest.hostCount == 1 || self.head.version == .http10 else {
      throw HTTPError(.badRequest, .badHost, "Host is missing")
    }
    guard digest.hostCount == 1 else { return }
    guard Authority.isValid(window, digest.host) else {
      throw HTTPError(.badRequest, .badHost, "Host is no host name with an optional port")
    }
    // A target that names a host wins over the field: RFC 9112, section 3.2.2.
    if self.head.authority.isEmpty { self.head.authority = Extent(digest.host) }
  }
}

extension RequestFraming {
  public var hasContent: Bool {
    switch self {
    case .none, .length(0): false
    case .length, .chunked: true
    }
  }
}
