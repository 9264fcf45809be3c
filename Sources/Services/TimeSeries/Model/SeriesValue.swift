import Bytes

/// A value of a tag or a field. Fields are null, text, integer, floating point or binary; tags are all
/// but floating point.
public enum SeriesValue: Sendable {
  case null
  case string(String)
  case int(Int64)
  case float(Double)
  case binary([UInt8])
  case strings([String])
  case ints([Int64])
  /// Nanoseconds since 1970.
  case timestamp(Int64)

  public var isNull: Bool {
    if case .null = self { return true }
    return false
  }
}

/// Equality and hash go by the stored bytes: a floating-point number equals the one with its bits, so
/// that not-a-number equals itself and -0 differs from 0, and texts are equal byte for byte.
extension SeriesValue: Hashable {
  public static func == (left: SeriesValue, right: SeriesValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.string(let a), .string(let b)): a.isSame(as: b)
    case (.int(let a), .int(let b)): a == b
    case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern
    case (.binary(let a), .binary(let b)): a == b
    case (.strings(let a), .strings(let b)):
      a.elementsEqual(b) { $0.isSame(as: $1) }
    case (.ints(let a), .ints(let b)): a == b
    case (.timestamp(let a), .timestamp(let b)): a == b
    case (.null, _), (.string, _), (.int, _), (.float, _), (.binary, _), (.strings, _),
      (.ints, _), (.timestamp, _):
      false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .string(let text):
      hasher.combine(1)
      text.hash(bytesInto: &hasher)
    case .int(let number):
      hasher.combine(2)
      hasher.combine(number)
    case .float(let number):
      hasher.combine(3)
      hasher.combine(number.bitPattern)
    case .binary(let bytes):
      hasher.combine(4)
      hasher.combine(bytes)
    case .strings(let texts):
      hasher.combine(5)
      for text in texts {
        hasher.combine(text.utf8.count)
        text.hash(bytesInto: &hasher)
      }
    case .ints(let numbers):
      hasher.combine(6)
      hasher.combine(numbers)
    case .timestamp(let nanoseconds):
      hasher.combine(7)
      hasher.combine(nanoseconds)
    }
  }
}

extension String {
  fileprivate func hash(bytesInto hasher: inout Hasher) {
    var text = self
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

/// What a column holds, as the schema says.
public enum SeriesType: UInt8, Sendable, Hashable {
  case string = 1
  case int = 2
  case float = 3
  case binary = 4
  case strings = 5
  case ints = 6
  case timestamp = 7

  /// Whether `value` may stand in a column of this type. Null may stand everywhere.
  public func accepts(_ value: SeriesValue) -> Bool {
    switch (self, value) {
    case (_, .null), (.string, .string), (.int, .int), (.float, .float), (.binary, .binary),
      (.strings, .strings), (.ints, .ints), (.timestamp, .timestamp):
      true
    case (.string, _), (.int, _), (.float, _), (.binary, _), (.strings, _), (.ints, _),
      (.timestamp, _):
      false
    }
  }
}
