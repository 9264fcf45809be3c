/// A value of a document: two pointers and an index, copied freely, that cannot outlive the document.
///
/// Every accessor answers nil when the value is of another kind. For errors with a path, see
/// `decode`.
public struct JSONCursor: ~Escapable {
  let bytes: UnsafePointer<UInt8>
  let tape: UnsafePointer<UInt64>
  let index: Int
  let keepsDuplicates: Bool

  @_lifetime(immortal)
  init(
    bytes: UnsafePointer<UInt8>, tape: UnsafePointer<UInt64>, index: Int, keepsDuplicates: Bool
  ) {
    self.bytes = bytes
    self.tape = tape
    self.index = index
    self.keepsDuplicates = keepsDuplicates
  }

  public enum Kind: Sendable {
    case null, boolean, number, string, array, object
  }

  @inline(__always) var entry: TapeEntry { TapeEntry(raw: self.tape[self.index]) }

  /// The index of the entry after this value.
  @inline(__always) var next: Int {
    let entry = self.entry
    return entry.kind == .array || entry.kind == .object ? entry.low : self.index &+ 1
  }

  @inline(__always) @_lifetime(copy self)
  func at(_ index: Int) -> JSONCursor {
    let cursor = JSONCursor(
      bytes: self.bytes, tape: self.tape, index: index, keepsDuplicates: self.keepsDuplicates)
    return _overrideLifetime(cursor, copying: self)
  }

  public var kind: Kind {
    switch self.entry.kind {
    case .null: .null
    case .yes, .no: .boolean
    case .integer, .real: .number
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }

  public var isNull: Bool { self.entry.kind == .null }

  public var boolean: Bool? {
    switch self.entry.kind {
    case .yes: true
    case .no: false
    case .null, .integer, .real, .string, .array, .object: nil
    }
  }

  /// The content of a string, unescaped: always UTF-8.
  public var stringBytes: RawSpan? {
    @_lifetime(copy self) get {
      let entry = self.entry
      guard entry.kind == .string else { return nil }
      let span = RawSpan(
        _unsafeStart: UnsafeRawPointer(self.bytes + entry.low), byteCount: entry.high)
      return _overrideLifetime(span, copying: self)
    }
  }

  public var string: String? {
    let entry = self.entry
    guard entry.kind == .string else { return nil }
    return self.text(entry)
  }

  func text(_ entry: TapeEntry) -> String {
    String(
      decoding: UnsafeBufferPointer(start: self.bytes + entry.low, count: entry.high),
      as: UTF8.self)
  }

  /// How many elements or members; nil for other kinds.
  public var count: Int? {
    let entry = self.entry
    return entry.kind == .array || entry.kind == .object ? entry.high : nil
  }
}
