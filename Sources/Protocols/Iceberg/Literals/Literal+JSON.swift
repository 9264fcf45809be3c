private import Bytes
public import JSON
private import Values

// Single values in JSON, for defaults, filters and planned files:
//   boolean, int, long, float, double   themselves
//   decimal       a string, "14.20"
//   date, time    "2017-11-16", "22:31:08.123456"
//   timestamps    "2017-11-16T22:31:08.123456", with zone "…+00:00", in nanoseconds nine digits
//   uuid          "f79c3e09-677c-4bbd-a479-3f349cb785e7"; fixed and binary in hexadecimal
extension Literal: JSONEncodable {
  public func encode(to json: inout JSONWriter) {
    switch self {
    case .boolean(let value): json.value(value)
    case .int(let value): json.integer(value)
    case .long(let value): json.integer(value)
    case .float(let value): Self.encode(Double(value), value.description, to: &json)
    case .double(let value): Self.encode(value, value.description, to: &json)
    default: json.value(self.jsonText)
    }
  }

  /// JSON has no word for what is not finite.
  private static func encode(_ value: Double, _ text: String, to json: inout JSONWriter) {
    if value.isFinite { json.raw(text) } else { json.value(Self.name(ofNonFinite: value)) }
  }

  private static func name(ofNonFinite value: Double) -> String {
    value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
  }

  /// The text without quotes.
  var jsonText: String {
    var text = ""
    switch self {
    case .boolean(let value): text = value ? "true" : "false"
    case .int(let value): text = String(value)
    case .long(let value): text = String(value)
    case .float(let value): text = value.description
    case .double(let value): text = value.description
    case .decimal(let value): text = value.description
    case .date(let value): CalendarText.appendDate(ofDay: Int64(value), to: &text)
    case .time(let value):
      CalendarText.appendTime(max(0, value), units: 1_000_000, to: &text)
    case .timestamp(let value):
      CalendarText.appendTimestamp(value, units: 1_000_000, to: &text)
    case .timestamptz(let value):
      CalendarText.appendTimestamp(value, units: 1_000_000, to: &text)
      text += "+00:00"
    case .timestampNanos(let value):
      CalendarText.appendTimestamp(value, units: 1_000_000_000, to: &text)
    case .timestamptzNanos(let value):
      CalendarText.appendTimestamp(value, units: 1_000_000_000, to: &text)
      text += "+00:00"
    case .string(let value): text = value
    case .uuid(let value): text = value.description
    case .fixed(let value), .binary(let value):
      text = Hexadecimal.text(of: value.rawBytes).uppercased()
    }
    return text
  }

  /// Reads a value of `type`.
  public init(json value: JSONValue, as type: PrimitiveType) throws(IcebergError) {
    guard let literal = Self.read(value, type) else {
      throw .validation("\(value.description.prefix(100)) is no value of type \(type)")
    }
    self = literal
  }

  private static func read(_ value: JSONValue, _ type: PrimitiveType) -> Literal? {
    switch type {
    case .boolean: return value.boolean.map(Literal.boolean)
    case .int: return Self.integer(value).flatMap(Int32.init(exactly:)).map(Literal.int)
    case .long: return Self.integer(value).map(Literal.long)
    case .float: return Self.real(value).map { .float(Float($0)) }
    case .double: return Self.real(value).map(Literal.double)
    case .decimal(let precision, let scale):
      guard let number = Self.decimal(value)?.rescaled(to: scale),
        number.fits(precision: precision)
      else { return nil }
      return .decimal(number)
    default:
      guard let text = value.string else { return nil }
      return Self.read(text, type)
    }
  }

  /// An integer as it is written: no fraction, no exponent.
  private static func integer(_ value: JSONValue) -> Int64? {
    switch value.number {
    case .integer(let value): value
    case .double(let value): value == 0 && value.sign == .minus ? 0 : nil
    case .unsigned, .text, nil: nil
    }
  }

  private static func real(_ value: JSONValue) -> Double? {
    switch value {
    case .string("NaN"): .nan
    case .string("Infinity"): .infinity
    case .string("-Infinity"): -.infinity
    default: value.double
    }
  }

  private static func decimal(_ value: JSONValue) -> DecimalNumber? {
    switch value {
    case .string(let text): DecimalNumber(text)
    case .number: DecimalNumber(value.description)
    default: nil
    }
  }

  /// The types that are strings in JSON.
  static func read(_ text: String, _ type: PrimitiveType) -> Literal? {
    switch type {
    case .date: return CalendarText.day(text).flatMap(Int32.init(exactly:)).map(Literal.date)
    case .time: return CalendarText.time(text).map(Literal.time)
    case .timestamp:
      return CalendarText.timestamp(text, units: 1_000_000, zoned: false).map(Literal.timestamp)
    case .timestamptz:
      return CalendarText.timestamp(text, units: 1_000_000, zoned: true).map(Literal.timestamptz)
    case .timestampNanos:
      return CalendarText.timestamp(text, units: 1_000_000_000, zoned: false)
        .map(Literal.timestampNanos)
    case .timestamptzNanos:
      return CalendarText.timestamp(text, units: 1_000_000_000, zoned: true)
        .map(Literal.timestamptzNanos)
    case .string: return .string(text)
    case .uuid: return (try? UUID(parsing: text)).map(Literal.uuid)
    case .fixed(let length):
      guard let bytes = Hexadecimal.bytes(of: text), bytes.count == length else { return nil }
      return .fixed(bytes)
    case .binary: return Hexadecimal.bytes(of: text).map(Literal.binary)
    case .boolean, .int, .long, .float, .double, .decimal, .unknown, .variant, .geometry,
      .geography:
      return nil
    }
  }
}
