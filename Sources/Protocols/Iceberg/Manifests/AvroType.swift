internal import Avro
internal import JSON

/// Iceberg's types as Avro writes them.
enum AvroType {
  static func schema(_ type: PrimitiveType, name: String) -> AvroSchema {
    switch type {
    case .boolean: AvroSchema(.boolean)
    case .int: AvroSchema(.int)
    case .long: AvroSchema(.long)
    case .float: AvroSchema(.float)
    case .double: AvroSchema(.double)
    case .decimal(let precision, let scale):
      AvroSchema(
        .fixed(
          name: "decimal_\(precision)_\(scale)_\(name)",
          byteCount: DecimalNumber.byteCount(ofPrecision: precision)),
        attributes: JSONObject([
          ("logicalType", "decimal"), ("precision", .integer(precision)),
          ("scale", .integer(scale)),
        ]))
    case .date: Self.logical(.int, "date")
    case .time: Self.logical(.long, "time-micros")
    case .timestamp: Self.logical(.long, "timestamp-micros", [("adjust-to-utc", false)])
    case .timestamptz: Self.logical(.long, "timestamp-micros", [("adjust-to-utc", true)])
    case .timestampNanos: Self.logical(.long, "timestamp-nanos", [("adjust-to-utc", false)])
    case .timestamptzNanos: Self.logical(.long, "timestamp-nanos", [("adjust-to-utc", true)])
    case .string: AvroSchema(.string)
    case .uuid:
      AvroSchema(
        .fixed(name: "uuid_fixed_\(name)", byteCount: 16),
        attributes: JSONObject([("logicalType", "uuid")]))
    case .fixed(let length): AvroSchema(.fixed(name: "fixed_\(length)_\(name)", byteCount: length))
    case .binary, .geometry, .geography, .variant: AvroSchema(.bytes)
    case .unknown: AvroSchema(.null)
    }
  }

  private static func logical(
    _ shape: AvroSchema.Shape, _ name: String, _ more: [(String, JSONValue)] = []
  ) -> AvroSchema {
    AvroSchema(shape, attributes: JSONObject([("logicalType", .string(name))] + more))
  }

  /// The type of values that a writer gave this schema; nil when it is no primitive.
  static func primitive(_ schema: AvroSchema) -> PrimitiveType? {
    switch (schema.shape, schema.logicalType) {
    case (.boolean, _): .boolean
    case (.int, "date"): .date
    case (.int, _): .int
    case (.long, "time-micros"): .time
    case (.long, "timestamp-micros"):
      schema.attributes["adjust-to-utc"] == true ? .timestamptz : .timestamp
    case (.long, "timestamp-nanos"):
      schema.attributes["adjust-to-utc"] == true ? .timestamptzNanos : .timestampNanos
    case (.long, "local-timestamp-micros"): .timestamp
    case (.long, _): .long
    case (.float, _): .float
    case (.double, _): .double
    case (.string, "uuid"), (.fixed(_, 16), "uuid"): .uuid
    case (.string, _): .string
    case (.fixed, "decimal"), (.bytes, "decimal"): Self.decimal(schema)
    case (.fixed(_, let count), _): .fixed(count)
    case (.bytes, _): .binary
    default: nil
    }
  }

  private static func decimal(_ schema: AvroSchema) -> PrimitiveType? {
    guard let precision = schema.attributes["precision"]?.int64.flatMap(Int.init(exactly:)),
      (1...PrimitiveType.decimalPrecisionMax).contains(precision)
    else { return nil }
    let scale = schema.attributes["scale"]?.int64.flatMap { Int(exactly: $0) } ?? 0
    return (0...precision).contains(scale) ? .decimal(precision: precision, scale: scale) : nil
  }

  /// A name that Avro accepts: letters, digits and underscores, no digit first.
  static func name(_ text: String) -> String {
    var name = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
      case "0"..."9":
        if name.isEmpty { name = "_" }
        name.unicodeScalars.append(scalar)
      default: name += "_x" + String(scalar.value, radix: 16, uppercase: true)
      }
    }
    return name.isEmpty ? "_" : name
  }
}

extension JSONObject {
  init(_ members: [(String, JSONValue)]) {
    self.init()
    for (name, value) in members { self.append(value, named: name) }
  }
}
