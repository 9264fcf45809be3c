public import JSON

/// How a partition value or a sort key is made of a column.
public enum Transform: Hashable, Sendable {
  case identity
  case bucket(Int)
  case truncate(Int)
  case year, month, day, hour
  case void
  /// One of a later version: kept, never applied.
  case unknown(String)

  public init(parsing text: String) throws(IcebergError) {
    switch text {
    case "identity": self = .identity
    case "year": self = .year
    case "month": self = .month
    case "day": self = .day
    case "hour": self = .hour
    case "void": self = .void
    default:
      if let count = try Self.parameter(text, "bucket") {
        self = .bucket(count)
      } else if let width = try Self.parameter(text, "truncate") {
        self = .truncate(width)
      } else {
        guard !text.isEmpty, text.utf8.count <= 1000 else {
          throw .validation("\(quoted(text)) is no transform")
        }
        self = .unknown(text)
      }
    }
  }

  private static func parameter(_ text: String, _ name: String) throws(IcebergError) -> Int? {
    guard text.hasPrefix(name + "["), text.hasSuffix("]") else { return nil }
    guard let value = Int32(text.dropFirst(name.count + 1).dropLast()), value > 0 else {
      throw .validation("the parameter of \(quoted(text)) is not 1 to \(Int32.max)")
    }
    return Int(value)
  }

  public var isUnknown: Bool {
    if case .unknown = self { true } else { false }
  }

  /// Whether it may be applied to values of `type`.
  public func accepts(_ type: PrimitiveType) -> Bool {
    switch (self, type) {
    case (.void, _): true
    case (.unknown, _): false
    case (.identity, .geometry), (.identity, .geography), (.identity, .variant): false
    case (.identity, _): true
    case (.bucket, .int), (.bucket, .long), (.bucket, .decimal), (.bucket, .date), (.bucket, .time),
      (.bucket, .timestamp), (.bucket, .timestamptz), (.bucket, .timestampNanos),
      (.bucket, .timestamptzNanos), (.bucket, .string), (.bucket, .uuid), (.bucket, .fixed),
      (.bucket, .binary):
      true
    case (.truncate, .int), (.truncate, .long), (.truncate, .decimal), (.truncate, .string),
      (.truncate, .binary):
      true
    case (.year, .date), (.month, .date), (.day, .date): true
    case (.year, .timestamp), (.year, .timestamptz), (.year, .timestampNanos),
      (.year, .timestamptzNanos), (.month, .timestamp), (.month, .timestamptz),
      (.month, .timestampNanos), (.month, .timestamptzNanos), (.day, .timestamp),
      (.day, .timestamptz), (.day, .timestampNanos), (.day, .timestamptzNanos),
      (.hour, .timestamp), (.hour, .timestamptz), (.hour, .timestampNanos),
      (.hour, .timestamptzNanos):
      true
    default: false
    }
  }

  /// The type of what it makes of values of `type`; nil when it is not known.
  public func result(of type: PrimitiveType) -> PrimitiveType? {
    switch self {
    case .identity, .truncate, .void: type
    case .bucket, .year, .month, .hour: .int
    case .day: .date
    case .unknown: nil
    }
  }

  /// Whether equal results in a sort order mean that the column's order is kept.
  public var preservesOrder: Bool {
    switch self {
    case .identity, .truncate, .year, .month, .day, .hour: true
    case .bucket, .void, .unknown: false
    }
  }
}

extension Transform: CustomStringConvertible {
  public var description: String {
    switch self {
    case .identity: "identity"
    case .bucket(let count): "bucket[\(count)]"
    case .truncate(let width): "truncate[\(width)]"
    case .year: "year"
    case .month: "month"
    case .day: "day"
    case .hour: "hour"
    case .void: "void"
    case .unknown(let text): text
    }
  }
}

extension Transform: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    let text = try json.readString()
    do throws(IcebergError) {
      self = try Transform(parsing: text)
    } catch {
      throw JSONError(.ruleBroken, error.message, path: "$")
    }
  }

  public func encode(to json: inout JSONWriter) { json.value(self.description) }
}
