private import Bytes
import CDuckDB

/// A column of a chunk, or a vector inside one, read in place.
///
/// Nothing is copied: numbers are a span over the engine's memory, texts are spans into it. What lies
/// under a null is garbage; look at `isNull` first. Asking for another type than `type` says traps: the
/// statement, or the caller who looked at `type`, decides it.
public struct ColumnView: ~Escapable {
  public let type: ColumnType
  public let count: Int
  @usableFromInline let data: UnsafeRawPointer
  @usableFromInline let validity: UnsafePointer<UInt64>?
  let vector: duckdb_vector?

  @_lifetime(immortal)
  init(_ vector: duckdb_vector?, _ type: ColumnType, count: Int) {
    self.vector = vector
    self.type = type
    self.count = count
    self.validity = UnsafePointer(duckdb_vector_get_validity(vector))
    // Structs and fixed arrays have no data of their own, only children.
    self.data = UnsafeRawPointer(duckdb_vector_get_data(vector)) ?? UnsafeRawPointer(noData)
  }

  /// Whether a null can be among the rows: without a mask there is none.
  public var mayHaveNulls: Bool { self.validity != nil }

  @inlinable public func isNull(_ row: Int) -> Bool {
    precondition(row >= 0 && row < self.count, "row \(row) of \(self.count)")
    guard let validity = self.validity else { return false }
    return validity[row &>> 6] & (1 &<< UInt64(row & 63)) == 0
  }

  /// The numbers of all rows. `T` has the size of the type: `Int32` for a date, `Int64` for a timestamp,
  /// `Int16` to `Int128` for a decimal, `UInt8` to `UInt32` for an enumeration.
  @_lifetime(copy self)
  public func values<T: BitwiseCopyable>(of type: T.Type = T.self) -> Span<T> {
    precondition(
      self.type.storageBytes == MemoryLayout<T>.size,
      "\(self.type) was read as \(T.self)")
    let span = Span(_unsafeStart: self.data.assumingMemoryBound(to: T.self), count: self.count)
    return _overrideLifetime(span, copying: self)
  }

  public func boolean(_ row: Int) -> Bool { self.values(of: UInt8.self)[row] != 0 }

  /// The bytes of a text, blob or bit string.
  @_lifetime(copy self)
  public func bytes(_ row: Int) -> RawSpan {
    precondition(self.type.isString, "\(self.type) was read as text")
    precondition(row >= 0 && row < self.count, "row \(row) of \(self.count)")
    let entry = self.data + row &* 16
    let length = Int(entry.load(as: UInt32.self))
    let start =
      length <= 12
      ? entry + 4
        // The address of a longer string lies in the second word.
      : UnsafeRawPointer(bitPattern: entry.load(fromByteOffset: 8, as: UInt.self)).unsafelyUnwrapped
    let span = RawSpan(_unsafeStart: start, byteCount: length)
    return _overrideLifetime(span, copying: self)
  }

  /// A copy of the text of a row.
  public func text(_ row: Int) -> String { self.bytes(row).lossyText }

  /// The number of an exact decimal, without its point: 12.30 of scale 2 is 1230.
  public func unscaled(_ row: Int) -> Int128 {
    guard case .decimal = self.type else { preconditionFailure("\(self.type) read as decimal") }
    switch self.type.storageBytes {
    case 2: return Int128(self.values(of: Int16.self)[row])
    case 4: return Int128(self.values(of: Int32.self)[row])
    case 8: return Int128(self.values(of: Int64.self)[row])
    default: return self.values(of: Int128.self)[row]
    }
  }

  /// The 16 bytes of a UUID, first byte first.
  public func uuid(_ row: Int) -> [UInt8] {
    precondition(self.type == .uuid, "\(self.type) was read as a UUID")
    let bits = UInt128(truncatingIfNeeded: self.values(of: Int128.self)[row]) ^ (1 << 127)
    return (0..<16).map { UInt8(truncatingIfNeeded: bits >> UInt128(8 * (15 - $0))) }
  }

  public func interval(_ row: Int) -> (months: Int32, days: Int32, microseconds: Int64) {
    precondition(self.type == .interval, "\(self.type) was read as an interval")
    let value = self.values(of: duckdb_interval.self)[row]
    return (value.months, value.days, value.micros)
  }

  /// The name of an enumeration's value.
  public func enumerator(_ row: Int) -> String {
    guard case .enumeration(let names) = self.type else {
      preconditionFailure("\(self.type) was read as an enumeration")
    }
    switch self.type.storageBytes {
    case 1: return names[Int(self.values(of: UInt8.self)[row])]
    case 2: return names[Int(self.values(of: UInt16.self)[row])]
    default: return names[Int(self.values(of: UInt32.self)[row])]
    }
  }
}

/// What stands behind a list, an array, a map or a struct.
extension ColumnView {
  /// Where the elements of a row's list or map lie in `elements`.
  public func elementRange(_ row: Int) -> Range<Int> {
    if case .array(_, let size) = self.type { return (row * size)..<((row + 1) * size) }
    let entry = self.values(of: duckdb_list_entry.self)[row]
    return Int(entry.offset)..<Int(entry.offset + entry.length)
  }

  /// The elements of all rows of a list or array, end to end; of a map, structs of key and value.
  public var elements: ColumnView {
    @_lifetime(copy self) get {
      let view: ColumnView
      switch self.type {
      case .list(let element):
        view = ColumnView(
          duckdb_list_vector_get_child(self.vector), element,
          count: Int(duckdb_list_vector_get_size(self.vector)))
      case .map(let key, let value):
        view = ColumnView(
          duckdb_list_vector_get_child(self.vector),
          .structure([ColumnField("key", key), ColumnField("value", value)]),
          count: Int(duckdb_list_vector_get_size(self.vector)))
      case .array(let element, let size):
        view = ColumnView(
          duckdb_array_vector_get_child(self.vector), element, count: self.count * size)
      default: preconditionFailure("\(self.type) has no elements")
      }
      return _overrideLifetime(view, copying: self)
    }
  }

  /// A field of a struct, for all rows.
  @_lifetime(copy self)
  public func field(_ index: Int) -> ColumnView {
    guard case .structure(let fields) = self.type else {
      preconditionFailure("\(self.type) has no fields")
    }
    let view = ColumnView(
      duckdb_struct_vector_get_child(self.vector, UInt64(index)), fields[index].type,
      count: self.count)
    return _overrideLifetime(view, copying: self)
  }
}

extension ColumnType {
  /// Bytes of one value in a vector; 0 for what has children only.
  public var storageBytes: Int {
    switch self {
    case .boolean, .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float, .date: 4
    case .int64, .uint64, .double, .time, .timeWithZone, .timestampSeconds,
      .timestampMilliseconds, .timestamp, .timestampNanoseconds, .instant:
      8
    case .int128, .uint128, .uuid, .text, .blob, .bit, .interval, .list, .map: 16
    case .decimal(let width, _): width <= 4 ? 2 : width <= 9 ? 4 : width <= 18 ? 8 : 16
    case .enumeration(let names): names.count <= 0xFF ? 1 : names.count <= 0xFFFF ? 2 : 4
    case .array, .structure, .other: 0
    }
  }

  public var isString: Bool {
    switch self {
    case .text, .blob, .bit: true
    default: false
    }
  }
}

/// An address for vectors without data of their own. Never read or written.
nonisolated(unsafe) private let noData = UnsafeMutableRawPointer.allocate(
  byteCount: 16, alignment: 16)
