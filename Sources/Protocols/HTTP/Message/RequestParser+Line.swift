/// ```
/// method SP target SP "HTTP/1." ("0" / "1") CR LF
/// ```
///
/// One empty line before it is skipped: RFC 9112, section 2.2.
extension RequestParser {
  /// True when the line was complete.
  mutating func parseLine(_ window: Window) throws(HTTPError) -> Bool {
    if self.at == 0, window.count > 0, window[0] == 0x0D {
      guard window.count >= 2 else { return false }
      if window[1] == 0x0A { self.at = 2 }
    }
    let start = self.at
    var at = start
    while at < window.count, Grammar.isToken(window[at]) { at &+= 1 }
    guard at < window.count else { return try self.lineIncomplete(window, start) }
    guard at > start, window[at] == 0x20 else {
      throw HTTPError(.badRequest, .badRequestLine, "the request line begins with no method")
    }
    let method = start..<at
    let targetStart = at &+ 1
    at = window.firstInvisible(from: targetStart)
    guard at < window.count else { return try self.lineIncomplete(window, start) }
    guard window[at] == 0x20, at > targetStart else {
      throw HTTPError(
        .badRequest, .badRequestLine,
        window[at] > 0x20
          ? "the request target holds byte \(window[at]), which must be percent-encoded"
          : "the request line is not method, target and version with one blank between")
    }
    guard at &- start <= self.limits.startLineBytes else { throw self.lineTooLong }
    let end = at &+ 9
    guard window.count >= end &+ 2 else { return try self.lineIncomplete(window, start) }
    try self.parseVersion(window, at &+ 1)
    guard window[end] == 0x0D, window[end &+ 1] == 0x0A else {
      throw HTTPError(
        .badRequest, .badRequestLine, "the request line does not end in CR LF after the version")
    }
    guard let known = Method(window, method) else {
      throw HTTPError(
        .notImplemented, .methodUnknown, "the method is not one that is known here")
    }
    self.head.method = known
    try self.head.parseTarget(window, targetStart..<at)
    self.at = end &+ 2
    return true
  }

  private var lineTooLong: HTTPError {
    HTTPError(
      .targetTooLong, .targetTooLong,
      "the request line has more than \(self.limits.startLineBytes) bytes")
  }

  private func lineIncomplete(_ window: Window, _ start: Int) throws(HTTPError) -> Bool {
    guard window.count &- start <= self.limits.startLineBytes else { throw self.lineTooLong }
    return false
  }

  private mutating func parseVersion(_ window: Window, _ at: Int) throws(HTTPError) {
    switch window.word64(at: at) {
    case 0x312E_312F_5054_5448: self.head.version = .http11
    case 0x302E_312F_5054_5448: self.head.version = .http10
    default:
      guard window.spells("HTTP/", at..<at + 5), Grammar.isDigit(window[at + 5]),
        window[at + 6] == UInt8(ascii: "."), Grammar.isDigit(window[at + 7])
      else {
        throw HTTPError(.badRequest, .badRequestLine, "the request line has no HTTP version")
      }
      throw HTTPError(
        .versionNotSupported, .versionUnknown, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    }
  }
}

extension RequestHead {
  mutating func parseTarget(_ window: Window, _ range: Range<Int>) throws(HTTPError) {
    self.target = Extent(range)
    guard window.first(UInt8(ascii: "#"), in: range) == nil else {
      throw HTTPError(.badRequest, .badTarget, "the request target holds a fragment")
    }
    if window[range.lowerBound] == UInt8(ascii: "/"), self.method != .connect {
      self.form = .origin
      return try self.parsePath(window, range)
    }
    if self.method == .connect {
      guard Authority.isValid(window, range), window.first(UInt8(ascii: ":"), in: range) != nil
      else {
        throw HTTPError(.badRequest, .badTarget, "the target of CONNECT is no host and port")
      }
      self.form = .authority
      self.authority = self.target
      return
    }
    if range.count == 1, window[range.lowerBound] == UInt8(ascii: "*"), self.method == .options {
      self.form = .asterisk
      return
    }
    try self.parseAbsolute(window, range)
  }

  private mutating func parseAbsolute(_ window: Window, _ range: Range<Int>) throws(HTTPError) {
    let start = range.lowerBound
    let authorityStart: Int
    if range.count > 7, window.matches("http://", start..<start + 7) {
      authorityStart = start + 7
    } else if range.count > 8, window.matches("https://", start..<start + 8) {
      authorityStart = start + 8
    } else {
      throw HTTPError(.badRequest, .badTarget, "the request target is neither a path nor a URI")
    }
    var end = authorityStart
    while end < range.upperBound, window[end] != UInt8(ascii: "/"), window[end] != UInt8(ascii: "?")
    {
      end += 1
    }
    guard end > authorityStart, Authority.isValid(window, authorityStart..<end) else {
      throw HTTPError(.badRequest, .badTarget, "the request target names no valid host")
    }
    self.form = .absolute
    self.authority = Extent(authorityStart..<end)
    try self.parsePath(window, end..<range.upperBound)
  }

  private mutating func parsePath(_ window: Window, _ range: Range<Int>) throws(HTTPError) {
    let mark = window.first(UInt8(ascii: "?"), in: range)
    let path = range.lowerBound..<(mark ?? range.upperBound)
    self.path = Extent(path)
    if let mark { self.query = Extent(mark + 1..<range.upperBound) }
    var at = window.first(UInt8(ascii: "%"), in: path)
    self.pathHasEscapes = at != nil
    while let escape = at {
      guard escape + 2 < path.upperBound, Grammar.hexadecimal(window[escape + 1]) != nil,
        Grammar.hexadecimal(window[escape + 2]) != nil
      else {
        throw HTTPError(
          .badRequest, .badTarget, "the path has a percent sign without two hexadecimal digits")
      }
      at = window.first(UInt8(ascii: "%"), in: escape + 3..<path.upperBound)
    }
  }
}
