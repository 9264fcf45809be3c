private import Bytes

/// A number without loss: what fits a machine number exactly is one, everything else keeps its text.
///
/// Equality is that of the case and its content: `1` and `1.0` differ, as their texts do.
public enum JSONNumber: Hashable, Sendable {
  case integer(Int64)
  /// Above `Int64.max` only.
  case unsigned(UInt64)
  /// Finite. Its shortest text has the value of the text it was read from.
  case double(Double)
  /// What no case above holds: 20 digits, `1e400`, `3.14159265358979323846`. Grammatical JSON.
  case text(String)

  /// Nil when the text is not a number as RFC 8259 writes them.
  public init?(_ text: String) {
    var document = JSONDocument()
    let bytes = Array(text.utf8)
    guard bytes.first.map({ isDigit($0) || $0 == UInt8(ascii: "-") }) ?? false,
      bytes.last.map(isDigit) ?? false,
      (try? document.parse(bytes.rawBytes)) != nil, let number = document.root.number
    else { return nil }
    self = number
  }

  public init(_ value: some BinaryInteger) {
    if let integer = Int64(exactly: value) {
      self = .integer(integer)
    } else if let unsigned = UInt64(exactly: value) {
      self = .unsigned(unsigned)
    } else {
      self = .text(String(value))
    }
  }

  /// The number as an integer of type `T`; nil when it has a fraction or does not fit.
  public func integer<T: FixedWidthInteger>(as type: T.Type = T.self) -> T? {
    switch self {
    case .integer(let value): T(exactly: value)
    case .unsigned(let value): T(exactly: value)
    case .double(let value): value.magnitude <= 0x1p53 ? T(exactly: value) : nil
    case .text(let text): T(text)
    }
  }

  /// The nearest double; nil when the magnitude is too large for one.
  public var nearestDouble: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .double(let value): value
    case .text(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
  }
}

extension JSONCursor {
  /// A number as it stands in the text.
  public var numberBytes: RawSpan? {
    @_lifetime(copy self) get {
      let entry = self.entry
      guard entry.kind == .integer || entry.kind == .real else { return nil }
      let span = RawSpan(
        _unsafeStart: UnsafeRawPointer(self.bytes + entry.low), byteCount: entry.high)
      return _overrideLifetime(span, copying: self)
    }
  }

  /// A number without loss.
  public var number: JSONNumber? {
    let entry = self.entry
    let text = UnsafeBufferPointer(start: self.bytes + entry.low, count: entry.high)
    switch entry.kind {
    case .integer:
      if let (magnitude, isNegative) = Decimal.integer(text) {
        // "-0" is the negative zero: an integer would lose its sign.
        if magnitude == 0, isNegative { return .double(-0.0) }
        if let value = Self.signed(magnitude, isNegative) { return .integer(value) }
        if !isNegative { return .unsigned(magnitude) }
      }
      return .text(self.text(entry))
    case .real:
      let value = Decimal.double(text)
      return Decimal.isExact(text, value) ? .double(value) : .text(self.text(entry))
    case .null, .yes, .no, .string, .array, .object:
      return nil
    }
  }

  /// The number as an integer; nil when it has a fraction or does not fit. `1.0` and `1e3` are
  /// integers too.
  public var int64: Int64? {
    let entry = self.entry
    let text = UnsafeBufferPointer(start: self.bytes + entry.low, count: entry.high)
    switch entry.kind {
    case .integer:
      guard let (magnitude, isNegative) = Decimal.integer(text) else { return nil }
      return Self.signed(magnitude, isNegative)
    case .real: return self.number?.integer()
    case .null, .yes, .no, .string, .array, .object: return nil
    }
  }

  public var uint64: UInt64? {
    let entry = self.entry
    let text = UnsafeBufferPointer(start: self.bytes + entry.low, count: entry.high)
    switch entry.kind {
    case .integer:
      guard let (magnitude, isNegative) = Decimal.integer(text) else { return nil }
      return isNegative && magnitude > 0 ? nil : magnitude
    case .real: return self.number?.integer()
    case .null, .yes, .no, .string, .array, .object: return nil
    }
  }

  /// The double nearest to the number; nil when the magnitude is too large for one.
  public var double: Double? {
    let entry = self.entry
    guard entry.kind == .integer || entry.kind == .real else { return nil }
    let value = Decimal.double(
      UnsafeBufferPointer(start: self.bytes + entry.low, count: entry.high))
    return value.isFinite ? value : nil
  }

  @inline(__always)
  private static func signed(_ magnitude: UInt64, _ isNegative: Bool) -> Int64? {
    if !isNegative { return Int64(exactly: magnitude) }
    guard magnitude <= Int64.min.magnitude else { return nil }
    return Int64(truncatingIfNeeded: 0 &- magnitude)
  }
}
