private import Bytes

/// Takes the chunks off a chunked body.
///
/// ```
/// size-in-hexadecimal [";" extensions] CR LF  bytes CR LF   …   "0" CR LF  trailer fields  CR LF
/// ```
///
/// The decoder looks at a window that begins with the first byte it has not consumed. Extensions are
/// skipped. Refused: blanks around the size, a size over 63 bits, line ends that are not CR LF, a
/// trailer field that would frame or route a message.
public struct ChunkedDecoder: ~Copyable {
  public enum Step: Equatable, Sendable {
    /// Content at `offset`: to be taken and consumed together with the bytes before it.
    case data(offset: Int, count: Int)
    /// These bytes are done with; more are needed behind the others.
    case needsMore(consumed: Int)
    /// The body is over. `trailers` tells the extents of its fields in this window.
    case end(consumed: Int)
  }

  private enum Phase {
    case size, dataEnd, trailers, done
    /// Never 0 bytes left.
    case data(Int64)
  }

  public private(set) var trailers = HeaderFields()
  /// Content bytes seen so far.
  public private(set) var byteCount: Int64 = 0
  private let limits: MessageLimits
  private var phase = Phase.size
  private var extensionBytes = 0

  public init(limits: MessageLimits) { self.limits = limits }

  public mutating func reset() {
    self.phase = .size
    self.byteCount = 0
    self.extensionBytes = 0
    self.trailers.removeAll()
  }

  public var isDone: Bool {
    if case .done = self.phase { true } else { false }
  }

  /// How many bytes of the present chunk are still to come: they may be read past the window, and
  /// `took` told.
  public var chunkRemaining: Int64 {
    if case .data(let left) = self.phase { left } else { 0 }
  }

  /// Notes that `count` bytes of the present chunk were read past the window.
  public mutating func took(_ count: Int) {
    guard case .data(let left) = self.phase, count >= 0, count <= left else {
      preconditionFailure("took \(count) of \(self.chunkRemaining) bytes")
    }
    self.phase = left == count ? .dataEnd : .data(left - Int64(count))
  }

  /// What to do next; at most `limit` bytes of content at a time.
  public mutating func next(_ bytes: RawSpan, atMost limit: Int = .max) throws(HTTPError) -> Step {
    try bytes.withUnsafeBytes { buffer throws(HTTPError) in
      try self.next(Window(buffer), limit)
    }
  }

  private mutating func next(_ window: Window, _ limit: Int) throws(HTTPError) -> Step {
    var at = 0
    while true {
      switch self.phase {
      case .size:
        guard let next = try self.parseSize(window, at) else { return .needsMore(consumed: at) }
        at = next
      case .data(let left):
        let count = Int(Swift.min(left, Int64(Swift.min(window.count - at, limit))))
        guard count > 0 else { return .needsMore(consumed: at) }
        self.took(count)
        return .data(offset: at, count: count)
      case .dataEnd:
        guard at < window.count else { return .needsMore(consumed: at) }
        guard window[at] == 0x0D else { throw Self.noLineEnd }
        guard at + 1 < window.count else { return .needsMore(consumed: at) }
        guard window[at + 1] == 0x0A else { throw Self.noLineEnd }
        at += 2
        self.phase = .size
      case .trailers:
        guard let end = try self.parseTrailers(window, at) else { return .needsMore(consumed: at) }
        self.phase = .done
        return .end(consumed: end)
      case .done: return .end(consumed: at)
      }
    }
  }

  private static var noLineEnd: HTTPError {
    HTTPError(.badRequest, .badChunk, "a chunk is not followed by CR LF")
  }

  /// The offset behind the size line, or nil when it is not all there.
  private mutating func parseSize(_ window: Window, _ start: Int) throws(HTTPError) -> Int? {
    var at = start
    var size: Int64 = 0
    while at < window.count, let digit = Grammar.hexadecimal(window[at]) {
      guard size < 1 << 59 else {
        throw HTTPError(.badRequest, .badChunk, "a chunk size is over 63 bits")
      }
      size = size << 4 | Int64(digit)
      at += 1
      try self.checkLine(at - start)
    }
    guard at < window.count else { return nil }
    guard at > start else {
      throw HTTPError(.badRequest, .badChunk, "a chunk has no size")
    }
    if window[at] == UInt8(ascii: ";") {
      let extensionStart = at
      at = window.firstControl(from: at)
      try self.checkLine(at - start)
      guard at < window.count else { return nil }
      guard self.extensionBytes + at - extensionStart <= self.limits.chunkExtensionBytes else {
        throw HTTPError(
          .badRequest, .badChunk,
          "chunk extensions have more than \(self.limits.chunkExtensionBytes) bytes together")
      }
      guard at + 1 < window.count || window[at] != 0x0D else { return nil }
      self.extensionBytes += at - extensionStart
    }
    guard window[at] == 0x0D else {
      throw HTTPError(
        .badRequest, .badChunk, "a chunk size is not followed by CR LF or an extension")
    }
    guard at + 1 < window.count else { return nil }
    guard window[at + 1] == 0x0A else {
      throw HTTPError(.badRequest, .badChunk, "a chunk size line holds CR without LF")
    }
    guard size <= self.limits.bodyBytes - self.byteCount else {
      throw HTTPError(
        .contentTooLarge, .bodyTooLarge,
        "the content has more than \(self.limits.bodyBytes) bytes")
    }
    self.byteCount += size
    self.phase = size == 0 ? .trailers : .data(size)
    return at + 2
  }

  private func checkLine(_ count: Int) throws(HTTPError) {
    guard count > self.limits.chunkLineBytes else { return }
    throw HTTPError(
      .badRequest, .badChunk,
      "a chunk size line has more than \(self.limits.chunkLineBytes) bytes")
  }

  /// The offset behind the section, or nil when it is not all there: then it is parsed again from its
  /// start, which its limit keeps cheap.
  private mutating func parseTrailers(_ window: Window, _ start: Int) throws(HTTPError) -> Int? {
    self.trailers.removeAll()
    var at = start
    while true {
      switch try FieldLine.parse(window, at: at, .shared) {
      case .field(let name, let nameRange, let value, let next):
        guard !name.framesMessage, name != .trailer else {
          throw HTTPError(
            .badRequest, .badField, "\(name.text) is not allowed behind a chunked body")
        }
        self.trailers.append(name, nameRange, value)
        at = next
      case .end(let next):
        try self.checkTrailers(next - start - 2)
        return next
      case .incomplete:
        try self.checkTrailers(window.count - start - 2)
        return nil
      }
      try self.checkTrailers(at - start)
    }
  }

  private func checkTrailers(_ count: Int) throws(HTTPError) {
    guard
      count > self.limits.trailerBytes || self.trailers.count > self.limits.trailerCount
    else { return }
    throw HTTPError(
      .headerTooLarge, .headerTooLarge,
      """
      the trailer fields have more than \(self.limits.trailerBytes) bytes \
      or are more than \(self.limits.trailerCount)
      """)
  }
}
