/// What the rows of a column hold. The numbers are written to disk.
public enum ColumnType: UInt8, Sendable, Hashable, CaseIterable {
  case integer = 1
  case float = 2
  case string = 3
  case binary = 4
  case strings = 5
  case integers = 6
  /// Nanoseconds since 1970, kept as an integer.
  case timestamp = 7

  @inlinable public var isInteger: Bool { self == .integer || self == .timestamp }
  @inlinable public var isBytes: Bool { self == .string || self == .binary }
  @inlinable public var isList: Bool { self == .strings || self == .integers }
}
