import CDuckDB

/// The type of a column, a parameter or a value inside one.
public indirect enum ColumnType: Hashable, Sendable {
  case boolean
  case int8, int16, int32, int64, int128
  case uint8, uint16, uint32, uint64, uint128
  case float, double
  /// Stored as 16, 32, 64 or 128 bits, by width: up to 4, 9, 18 and 38 digits.
  case decimal(width: Int, scale: Int)
  case text, blob, bit
  /// 16 bytes; as it lies in memory the highest bit is flipped.
  case uuid
  /// Days since 1970.
  case date
  /// Microseconds since midnight.
  case time
  /// Time of day in the upper 40 bits, offset in the lower 24.
  case timeWithZone
  /// Since 1970, in the unit of the name, of no zone; `instant` in microseconds, UTC.
  case timestampSeconds, timestampMilliseconds, timestamp, timestampNanoseconds, instant
  case interval
  case enumeration([String])
  case list(ColumnType)
  case array(ColumnType, count: Int)
  case structure([ColumnField])
  case map(key: ColumnType, value: ColumnType)
  /// A type that this module does not take apart; cast it in the statement.
  case other(Int)
}

public struct ColumnField: Hashable, Sendable {
  public var name: String
  public var type: ColumnType
  public init(_ name: String, _ type: ColumnType) {
    self.name = name
    self.type = type
  }
}

extension ColumnType {
  private static let simple: [(id: Int32, type: ColumnType)] = [
    (1, .boolean), (2, .int8), (3, .int16), (4, .int32), (5, .int64), (16, .int128),
    (6, .uint8), (7, .uint16), (8, .uint32), (9, .uint64), (32, .uint128),
    (10, .float), (11, .double), (17, .text), (18, .blob), (29, .bit), (27, .uuid),
    (13, .date), (14, .time), (30, .timeWithZone), (20, .timestampSeconds),
    (21, .timestampMilliseconds), (12, .timestamp), (22, .timestampNanoseconds), (31, .instant),
    (15, .interval),
  ]

  /// Reads `native` and destroys it.
  init(taking native: duckdb_logical_type?) {
    var native = native
    defer { duckdb_destroy_logical_type(&native) }
    self.init(native)
  }

  init(_ native: duckdb_logical_type?) {
    let id = duckdb_get_type_id(native)
    if let found = Self.simple.first(where: { $0.id == id }) {
      self = found.type
      return
    }
    switch Int(id) {
    case DUCKDB_TYPE_DECIMAL:
      self = .decimal(
        width: Int(duckdb_decimal_width(native)), scale: Int(duckdb_decimal_scale(native)))
    case DUCKDB_TYPE_ENUM:
      self = .enumeration(
        (0..<UInt64(duckdb_enum_dictionary_size(native))).map {
          takeText(duckdb_enum_dictionary_value(native, $0))
        })
    case DUCKDB_TYPE_LIST: self = .list(ColumnType(taking: duckdb_list_type_child_type(native)))
    case DUCKDB_TYPE_ARRAY:
      self = .array(
        ColumnType(taking: duckdb_array_type_child_type(native)),
        count: Int(duckdb_array_type_array_size(native)))
    case DUCKDB_TYPE_STRUCT:
      self = .structure(
        (0..<duckdb_struct_type_child_count(native)).map {
          ColumnField(
            takeText(duckdb_struct_type_child_name(native, $0)),
            ColumnType(taking: duckdb_struct_type_child_type(native, $0)))
        })
    case DUCKDB_TYPE_MAP:
      self = .map(
        key: ColumnType(taking: duckdb_map_type_key_type(native)),
        value: ColumnType(taking: duckdb_map_type_value_type(native)))
    default: self = .other(Int(id))
    }
  }

  /// Lends the engine's form of the type.
  func withNative<R>(_ body: (duckdb_logical_type?) -> R) -> R {
    var native = self.makeNative()
    defer { duckdb_destroy_logical_type(&native) }
    return body(native)
  }

  private func makeNative() -> duckdb_logical_type? {
    if let found = Self.simple.first(where: { $0.type == self }) {
      return duckdb_create_logical_type(found.id)
    }
    switch self {
    case .decimal(let width, let scale):
      precondition((1...38).contains(width), "a decimal of \(width) digits")
      precondition((0...width).contains(scale), "\(scale) of \(width) digits behind the point")
      return duckdb_create_decimal_type(UInt8(width), UInt8(scale))
    case .list(let element): return element.withNative { duckdb_create_list_type($0) }
    case .array(let element, let count):
      return element.withNative { duckdb_create_array_type($0, UInt64(count)) }
    case .map(let key, let value):
      return key.withNative { key in value.withNative { duckdb_create_map_type(key, $0) } }
    case .structure(let fields):
      var types = fields.map { $0.type.makeNative() }
      defer { for index in types.indices { duckdb_destroy_logical_type(&types[index]) } }
      return withTexts(fields.map(\.name)) { names in
        duckdb_create_struct_type(&types, names, UInt64(fields.count))
      }
    case .enumeration(let names):
      return withTexts(names) { duckdb_create_enum_type($0, UInt64(names.count)) }
    default: preconditionFailure("a column of type \(self) cannot be made")
    }
  }
}

/// Copies text that the engine allocated, and frees it.
func takeText(_ text: UnsafeMutablePointer<CChar>?) -> String {
  defer { duckdb_free(text) }
  return text.map { String(cString: $0) } ?? ""
}

/// Lends an array of C strings.
private func withTexts<R>(
  _ texts: [String], _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>) -> R
) -> R {
  var pointers: [UnsafePointer<CChar>?] = []
  func lend(_ rest: ArraySlice<String>) -> R {
    guard let first = rest.first else {
      return pointers.withUnsafeMutableBufferPointer { buffer in
        withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: buffer.count + 1) {
          copies in
          _ = copies.initialize(from: buffer)
          // Room for one more was asked for, so that there is an address.
          return body(copies.baseAddress.unsafelyUnwrapped)
        }
      }
    }
    return first.withCString { text in
      pointers.append(text)
      return lend(rest.dropFirst())
    }
  }
  return lend(texts[...])
}
