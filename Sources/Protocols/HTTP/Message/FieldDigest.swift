/// What the fields that frame a message say, gathered while they are parsed.
struct FieldDigest {
  var contentLength: Int64?
  var hasChunkedCoding = false
  var hasClose = false
  var hasKeepAlive = false
  var hasConnectionUpgrade = false
  var hasUpgrade = false
  var expectsContinue = false
  var hasUnknownExpectation = false
  var hostCount = 0
  var host = 0..<0

  mutating func note(_ name: FieldName, _ value: Range<Int>, _ window: Window) throws(HTTPError) {
    switch name {
    case .host:
      self.hostCount += 1
      self.host = value
    case .contentLength: try self.noteContentLength(value, window)
    case .transferEncoding: try self.noteTransferEncoding(value, window)
    case .connection: self.noteConnection(value, window)
    case .upgrade: self.hasUpgrade = self.hasUpgrade || !value.isEmpty
    case .expect:
      if window.matches("100-continue", value) {
        self.expectsContinue = true
      } else {
        self.hasUnknownExpectation = true
      }
    default: break  // asked only for names where `framesMessage` is true
    }
  }

  private mutating func noteContentLength(_ value: Range<Int>, _ window: Window) throws(HTTPError) {
    guard self.contentLength == nil else {
      throw HTTPError(.badRequest, .badFraming, "Content-Length is given more than once")
    }
    guard !value.isEmpty else {
      throw HTTPError(.badRequest, .badFraming, "Content-Length is empty")
    }
    var length: Int64 = 0
    var overflows = false
    for index in value {
      guard Grammar.isDigit(window[index]) else {
        throw HTTPError(.badRequest, .badFraming, "Content-Length is no number of digits only")
      }
      let (product, over) = length.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(Int64(window[index] &- 0x30))
      overflows = overflows || over || carried
      length = sum
    }
    guard !overflows else {
      throw HTTPError(.contentTooLarge, .bodyTooLarge, "Content-Length is over 63 bits")
    }
    self.contentLength = length
  }

  private mutating func noteTransferEncoding(_ value: Range<Int>, _ window: Window)
    throws(HTTPError)
  {
    guard !self.hasChunkedCoding else {
      throw HTTPError(.badRequest, .badFraming, "Transfer-Encoding is given more than once")
    }
    guard !window.matches("chunked", value) else {
      self.hasChunkedCoding = true
      return
    }
    // A coding under the chunks could be undone by nobody here; one that is not chunked at the end
    // leaves the end of the content unknown.
    let last = window.lastListElement(value)
    guard window.matches("chunked", last), last != value,
      !window.matches("chunked", window.firstListElement(value))
    else {
      throw HTTPError(.badRequest, .badFraming, "Transfer-Encoding does not end in one `chunked`")
    }
    throw HTTPError(
      .notImplemented, .codingUnknown, "Transfer-Encoding other than `chunked` is not supported")
  }

  private mutating func noteConnection(_ value: Range<Int>, _ window: Window) {
    var at = value.lowerBound
    while at < value.upperBound {
      let comma = window.first(UInt8(ascii: ","), in: at..<value.upperBound) ?? value.upperBound
      let option = window.trimmed(at..<comma)
      switch option.count {
      case 5 where window.matches("close", option): self.hasClose = true
      case 7 where window.matches("upgrade", option): self.hasConnectionUpgrade = true
      case 10 where window.matches("keep-alive", option): self.hasKeepAlive = true
      default: break  // names of fields that a proxy would drop
      }
      at = comma + 1
    }
  }
}

extension FieldName {
  /// Whether the parser itself acts on the field.
  var framesMessage: Bool {
    switch self {
    case .host, .connection, .contentLength, .transferEncoding, .upgrade, .expect: true
    default: false  // the other eighty
    }
  }
}

extension Window {
  /// Without blanks at both ends.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, Grammar.isBlank(self[start]) { start &+= 1 }
    while end > start, Grammar.isBlank(self[end &- 1]) { end &-= 1 }
    return start..<end
  }

  func firstListElement(_ range: Range<Int>) -> Range<Int> {
    let end = self.first(UInt8(ascii: ","), in: range) ?? range.upperBound
    return self.trimmed(range.lowerBound..<end)
  }

  func lastListElement(_ range: Range<Int>) -> Range<Int> {
    var start = range.upperBound
    while start > range.lowerBound, self[start - 1] != UInt8(ascii: ",") { start -= 1 }
    return self.trimmed(start..<range.upperBound)
  }
}
