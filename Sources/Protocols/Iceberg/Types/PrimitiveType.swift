/// A type without fields.
public enum PrimitiveType: Hashable, Sendable {
  case boolean, int, long, float, double
  case decimal(precision: Int, scale: Int)
  case date, time, timestamp, timestamptz
  case string, uuid
  case fixed(Int)
  case binary
  // Since version 3.
  case timestampNanos, timestamptzNanos
  case unknown, variant
  case geometry(crs: String?)
  case geography(crs: String?, algorithm: String?)

  /// The version that brought the type.
  public var formatVersion: Int {
    switch self {
    case .boolean, .int, .long, .float, .double, .decimal, .date, .time, .timestamp, .timestamptz,
      .string, .uuid, .fixed, .binary:
      1
    case .timestampNanos, .timestamptzNanos, .unknown, .variant, .geometry, .geography: 3
    }
  }

  /// The name without parameters.
  public var name: String {
    switch self {
    case .boolean: "boolean"
    case .int: "int"
    case .long: "long"
    case .float: "float"
    case .double: "double"
    case .decimal: "decimal"
    case .date: "date"
    case .time: "time"
    case .timestamp: "timestamp"
    case .timestamptz: "timestamptz"
    case .timestampNanos: "timestamp_ns"
    case .timestamptzNanos: "timestamptz_ns"
    case .string: "string"
    case .uuid: "uuid"
    case .fixed: "fixed"
    case .binary: "binary"
    case .unknown: "unknown"
    case .variant: "variant"
    case .geometry: "geometry"
    case .geography: "geography"
    }
  }

  public static let decimalPrecisionMax = 38
  static let edgeAlgorithms: Set = ["spherical", "vincenty", "thomas", "andoyer", "karney"]
}

extension PrimitiveType: CustomStringConvertible {
  /// The canonical text: `decimal(9, 2)`, `fixed[16]`.
  public var description: String {
    switch self {
    case .decimal(let precision, let scale): "decimal(\(precision), \(scale))"
    case .fixed(let length): "fixed[\(length)]"
    case .geometry(let crs?): "geometry(\(crs))"
    case .geography(let crs?, let algorithm?): "geography(\(crs), \(algorithm))"
    case .geography(let crs?, nil): "geography(\(crs))"
    default: self.name
    }
  }

  private static let simple: [String: PrimitiveType] = {
    let types: [PrimitiveType] = [
      .boolean, .int, .long, .float, .double, .date, .time, .timestamp, .timestamptz,
      .timestampNanos, .timestamptzNanos, .string, .uuid, .binary, .unknown, .variant,
      .geometry(crs: nil), .geography(crs: nil, algorithm: nil),
    ]
    return Dictionary(uniqueKeysWithValues: types.map { ($0.name, $0) })
  }()

  /// Reads the text of a type, with blanks around parameters.
  public init(parsing text: String) throws(IcebergError) {
    if let simple = Self.simple[text] {
      self = simple
      return
    }
    guard let type = try Self.parameterized(text) else {
      throw .validation("\(quoted(text)) is no type")
    }
    self = type
  }

  private static func parameterized(_ text: String) throws(IcebergError) -> PrimitiveType? {
    if let inside = Self.inside(text, "fixed", "[", "]") {
      guard let length = Int(inside[0]), inside.count == 1, length >= 1, length <= Int(Int32.max)
      else { throw .validation("the length of \(quoted(text)) is not 1 or more") }
      return .fixed(length)
    }
    if let inside = Self.inside(text, "decimal", "(", ")") {
      guard inside.count == 2, let precision = Int(inside[0]), let scale = Int(inside[1]),
        (1...Self.decimalPrecisionMax).contains(precision), (0...precision).contains(scale)
      else {
        throw .validation(
          "\(quoted(text)): a precision is 1 to 38 and a scale 0 to the precision")
      }
      return .decimal(precision: precision, scale: scale)
    }
    if let inside = Self.inside(text, "geometry", "(", ")") {
      guard inside.count == 1, !inside[0].isEmpty else { return nil }
      return .geometry(crs: inside[0])
    }
    if let inside = Self.inside(text, "geography", "(", ")") {
      guard inside.count <= 2, !inside[0].isEmpty else { return nil }
      if inside.count == 2, !Self.edgeAlgorithms.contains(inside[1].lowercased()) {
        throw .validation("\(quoted(inside[1])) is no edge-interpolation algorithm")
      }
      return .geography(crs: inside[0], algorithm: inside.count == 2 ? inside[1] : nil)
    }
    return nil
  }

  /// The parameters of `name(a, b)`; nil when the text has another form.
  private static func inside(
    _ text: String, _ name: String, _ open: Character, _ close: Character
  ) -> [String]? {
    guard text.hasPrefix(name), text.utf8.count < 1000 else { return nil }
    let rest = text.dropFirst(name.count).drop { $0 == " " }
    guard rest.first == open, rest.last == close, rest.count >= 2 else { return nil }
    return rest.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false).map {
      part in
      let start = part.drop { $0 == " " }
      return String(start.reversed().drop { $0 == " " }.reversed())
    }
  }
}
