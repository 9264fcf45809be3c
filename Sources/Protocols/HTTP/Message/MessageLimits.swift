/// Everything about a message that a peer decides and that takes our memory or time.
public struct MessageLimits: Sendable {
  /// The first line, without its line end: 414 for a request.
  public var startLineBytes = 8 << 10
  /// All field lines together, and one by one: 431.
  public var headerBytes = 32 << 10
  public var headerCount = 100
  /// A chunk's size line with its extensions, and the extensions of all chunks together: 400.
  public var chunkLineBytes = 256
  public var chunkExtensionBytes = 16 << 10
  /// The fields after a chunked body: 431.
  public var trailerBytes = 8 << 10
  public var trailerCount = 32
  /// The content, after chunks are taken off: 413.
  public var bodyBytes: Int64 = 64 << 20

  public init() {}
  public init(_ change: (inout MessageLimits) -> Void) { change(&self) }

  /// The most bytes that a window must hold for a head to be told complete or too large.
  public var headBytes: Int { self.startLineBytes + self.headerBytes + 8 }

  /// A field name longer than this is nobody's.
  static let fieldNameBytes = 256
}
