import Admin
import Bytes
import JSON
import SeriesModel
import SeriesStorage
import Values

/// Values of tags and fields in the JSON of the admin API: texts, numbers, lists and null; times are
/// RFC 3339, binary is base64.
extension SeriesValue {
  /// What a column of it is called; nil for null, which is of every type.
  var columnType: String? {
    switch self {
    case .null: nil
    case .string: "text"
    case .int: "integer"
    case .float: "real"
    case .binary: "binary"
    case .strings, .ints: "list"
    case .timestamp: "time"
    }
  }

  /// Nil when the JSON is no value of the type.
  init?(_ json: JSONValue, as type: SeriesType) {
    if json.isNull {
      self = .null
      return
    }
    let value: SeriesValue? =
      switch type {
      case .string: json.string.map { .string($0) }
      case .int: json.int64.map { .int($0) }
      case .float: json.double.map { .float($0) }
      case .binary: json.string.flatMap { Base64.bytes(of: $0) }.map { .binary($0) }
      case .strings: Self.all(json.array?.map(\.string)).map { .strings($0) }
      case .ints: Self.all(json.array?.map(\.int64)).map { .ints($0) }
      case .timestamp: Self.time(json).map { .timestamp($0) }
      }
    guard let value else { return nil }
    self = value
  }

  /// Of a value whose type nobody says: a parameter of a query, a tag of a property.
  init?(plain json: JSONValue) {
    if let text = json.string {
      self = .string(text)
    } else if let number = json.int64 {
      self = .int(number)
    } else if let texts = Self.all(json.array?.map(\.string)) {
      self = .strings(texts)
    } else if let numbers = Self.all(json.array?.map(\.int64)) {
      self = .ints(numbers)
    } else if json.isNull {
      self = .null
    } else {
      return nil
    }
  }

  private static func all<T>(_ values: [T?]?) -> [T]? {
    guard let values else { return nil }
    let found = values.compactMap { $0 }
    return found.count == values.count ? found : nil
  }

  /// RFC 3339, or whole milliseconds since 1970.
  static func time(_ json: JSONValue) -> Int64? {
    if let number = json.int64 {
      let (time, overflow) = number.multipliedReportingOverflow(by: 1_000_000)
      return overflow ? nil : time
    }
    guard let text = json.string, let time = try? Timestamp(parsing: text) else { return nil }
    let (seconds, overflow) = time.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = seconds.addingReportingOverflow(Int64(time.nanosecond))
    return overflow || carry ? nil : sum
  }
}
