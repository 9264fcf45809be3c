public import Values

/// A typed value of a field.
public enum LogValue: Sendable, Hashable {
  case text(String)
  case integer(Int64)
  case unsigned(UInt64)
  case number(Double)
  case truth(Bool)
  /// Printed in a unit that fits for people, in seconds for machines.
  case duration(Duration)
  case bytes(UInt64)
  /// Something that is there and not shown.
  case hidden

  public static func integer(_ value: some BinaryInteger) -> LogValue {
    .integer(Int64(clamping: value))
  }

  public static func bytes(_ count: Int) -> LogValue { .bytes(UInt64(Swift.max(0, count))) }

  /// An error or any other value in its own words.
  public static func describing(_ value: some Sendable) -> LogValue { .text("\(value)") }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) { self = .text(value) }
}

extension LogValue: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) { self = .integer(value) }
}

extension LogValue: ExpressibleByFloatLiteral {
  public init(floatLiteral value: Double) { self = .number(value) }
}

extension LogValue: ExpressibleByBooleanLiteral {
  public init(booleanLiteral value: Bool) { self = .truth(value) }
}

/// The fields of a record, in order: `["path": .text(path), "bytes": .bytes(count)]`.
public struct LogFields: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  public struct Field: Sendable, Hashable {
    public var name: String
    public var value: LogValue
  }

  public private(set) var all: [Field]

  public init(dictionaryLiteral elements: (String, LogValue)...) {
    self.all = elements.map { Field(name: $0.0, value: $0.1) }
  }

  public mutating func append(_ name: String, _ value: LogValue) {
    self.all.append(Field(name: name, value: value))
  }

  public subscript(name: String) -> LogValue? { self.all.first { $0.name == name }?.value }
  public var isEmpty: Bool { self.all.isEmpty }
}

/// One thing that was said.
public struct LogRecord: Sendable, Hashable {
  /// Counts up by one from 0 within a process: the cursor of whoever follows.
  public var sequence: UInt64
  public var time: WallTime
  public var level: LogLevel
  public var component: String
  public var message: String
  public var fields: LogFields
}
