private import Bytes
import CDuckDB

/// The rows that a table function, a scalar function or an appender fills, up to `capacity` of them.
public struct ChunkWriter: ~Copyable {
  /// How many rows one chunk takes.
  public static let capacity = 2_048
  /// The columns asked for, as indices of the source's columns; a table function fills these only.
  public let projection: [Int]
  let types: [ColumnType]
  let native: duckdb_data_chunk?

  /// Where the projected columns stand in the engine's chunk.
  private let positions: [Int]

  init(
    _ native: duckdb_data_chunk?, types: [ColumnType], projection: [Int], positions: [Int]
  ) {
    self.native = native
    self.types = types
    self.projection = projection
    self.positions = positions
  }

  public var columnCount: Int { self.types.count }

  /// The writer of the column at `position` of the projection.
  @_lifetime(borrow self)
  public func column(_ position: Int) -> ColumnWriter {
    precondition(self.types.indices.contains(position), "column \(position) of \(self.types.count)")
    let writer = ColumnWriter(
      duckdb_data_chunk_get_vector(self.native, UInt64(self.positions[position])),
      self.types[position], capacity: Self.capacity)
    return _overrideLifetime(writer, borrowing: self)
  }
}

/// Writes one column of a chunk in place.
public struct ColumnWriter: ~Escapable {
  public let type: ColumnType
  @usableFromInline let data: UnsafeMutableRawPointer
  @usableFromInline let capacity: Int
  let vector: duckdb_vector?

  @_lifetime(immortal)
  init(_ vector: duckdb_vector?, _ type: ColumnType, capacity: Int) {
    self.vector = vector
    self.type = type
    self.capacity = capacity
    self.data = duckdb_vector_get_data(vector) ?? noRoom
  }

  /// Lends the memory of the first `count` numbers: the fastest way to fill a column.
  public func withValues<T: BitwiseCopyable, R, E: Error>(
    of type: T.Type = T.self, count: Int, _ body: (UnsafeMutableBufferPointer<T>) throws(E) -> R
  ) throws(E) -> R {
    precondition(
      self.type.storageBytes == MemoryLayout<T>.size, "\(self.type) was written as \(T.self)")
    precondition(count >= 0 && count <= self.capacity, "\(count) of \(self.capacity) rows")
    return try body(
      UnsafeMutableBufferPointer(start: self.data.assumingMemoryBound(to: T.self), count: count))
  }

  public func set<T: BitwiseCopyable>(_ value: T, at row: Int) {
    precondition(
      self.type.storageBytes == MemoryLayout<T>.size, "\(self.type) was written as \(T.self)")
    precondition(row >= 0 && row < self.capacity, "row \(row) of \(self.capacity)")
    self.data.storeBytes(of: value, toByteOffset: row &* MemoryLayout<T>.size, as: T.self)
  }

  /// Writes the bytes of a text or blob. Text must be UTF-8: what is not is refused by the engine, when
  /// the chunk is used, or reads as garbage; check what comes from outside.
  @inlinable public func set(_ bytes: RawSpan, at row: Int) {
    precondition(row >= 0 && row < self.capacity, "row \(row) of \(self.capacity)")
    bytes.withUnsafeBytes { source in
      guard source.count <= 12 else {
        self.setLong(source, at: row)
        return
      }
      // Up to 12 bytes lie in place; the rest must be zero.
      let entry = self.data + row &* 16
      entry.storeBytes(of: UInt64(UInt32(source.count)), as: UInt64.self)
      entry.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
      guard let start = source.baseAddress else { return }
      (entry + 4).copyMemory(from: start, byteCount: source.count)
    }
  }

  public func set(_ text: String, at row: Int) {
    var text = text
    text.withUTF8 { utf8 in
      self.set(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(utf8)), at: row)
    }
  }

  @usableFromInline func setLong(_ bytes: UnsafeRawBufferPointer, at row: Int) {
    precondition(self.type.isString, "\(self.type) was written as text")
    duckdb_unsafe_vector_assign_string_element_len(
      self.vector, UInt64(row), bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
      UInt64(bytes.count))
  }

  /// An exact decimal without its point: 12.30 of scale 2 is 1230. Nil when it does not fit the width.
  public func setUnscaled(_ value: Int128, at row: Int) {
    guard case .decimal = self.type else { preconditionFailure("\(self.type) as decimal") }
    switch self.type.storageBytes {
    case 2: self.set(Int16(truncatingIfNeeded: value), at: row)
    case 4: self.set(Int32(truncatingIfNeeded: value), at: row)
    case 8: self.set(Int64(truncatingIfNeeded: value), at: row)
    default: self.set(value, at: row)
    }
  }

  /// Sixteen bytes of a UUID, first byte first.
  public func setUUID(_ bytes: [UInt8], at row: Int) {
    precondition(bytes.count == 16, "a UUID of \(bytes.count) bytes")
    let bits = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    self.set(bits ^ (1 << 127), at: row)
  }

  public func setNull(at row: Int) {
    precondition(row >= 0 && row < self.capacity, "row \(row) of \(self.capacity)")
    duckdb_vector_ensure_validity_writable(self.vector)
    guard let mask = duckdb_vector_get_validity(self.vector) else { return }
    mask[row >> 6] &= ~(1 << UInt64(row & 63))
    // A null struct has null fields.
    guard case .structure(let fields) = self.type else { return }
    for index in fields.indices { self.field(index).setNull(at: row) }
  }
}

extension ColumnWriter {
  /// Makes the elements of a row's list: `count` of them, behind those of the rows before it. The
  /// answer is where they begin in `elements(capacity:)`, which must be asked for again afterwards.
  public func setList(count: Int, at row: Int) -> Int {
    let offset = Int(duckdb_list_vector_get_size(self.vector))
    let state = duckdb_list_vector_reserve(self.vector, UInt64(offset + count))
    precondition(state == 0, "\(self.type) was written as a list")
    _ = duckdb_list_vector_set_size(self.vector, UInt64(offset + count))
    self.set(duckdb_list_entry(offset: UInt64(offset), length: UInt64(count)), at: row)
    return offset
  }

  /// The writer of the elements made so far.
  public var elements: ColumnWriter {
    @_lifetime(copy self) get {
      let writer: ColumnWriter
      switch self.type {
      case .list(let element):
        writer = ColumnWriter(
          duckdb_list_vector_get_child(self.vector), element,
          capacity: Int(duckdb_list_vector_get_size(self.vector)))
      case .map(let key, let value):
        writer = ColumnWriter(
          duckdb_list_vector_get_child(self.vector),
          .structure([ColumnField("key", key), ColumnField("value", value)]),
          capacity: Int(duckdb_list_vector_get_size(self.vector)))
      case .array(let element, let size):
        writer = ColumnWriter(
          duckdb_array_vector_get_child(self.vector), element, capacity: self.capacity * size)
      default: preconditionFailure("\(self.type) has no elements")
      }
      return _overrideLifetime(writer, copying: self)
    }
  }

  @_lifetime(copy self)
  public func field(_ index: Int) -> ColumnWriter {
    guard case .structure(let fields) = self.type else {
      preconditionFailure("\(self.type) has no fields")
    }
    let writer = ColumnWriter(
      duckdb_struct_vector_get_child(self.vector, UInt64(index)), fields[index].type,
      capacity: self.capacity)
    return _overrideLifetime(writer, copying: self)
  }
}

/// An address for vectors without data of their own. Never read or written.
nonisolated(unsafe) private let noRoom = UnsafeMutableRawPointer.allocate(
  byteCount: 16, alignment: 16)
