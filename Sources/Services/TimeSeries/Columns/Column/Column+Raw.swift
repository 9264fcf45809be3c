public import Bytes

// A column as a journal holds it: written fast and read once. Little-endian:
//
//   1 byte   type
//   4 bytes  rows
//   4 bytes  null rows; when there are any, one bit a row follows, (rows + 7) / 8 bytes
//   arrays, each 4 bytes count and the elements as they are, by type:
//     integer, timestamp   integers (8 bytes each)
//     float                floats (8)
//     string, binary       codes (4), offsets (4), bytes (1)
//     integers             lists (4), integers (8)
//     strings              lists (4), offsets (4), bytes (1)

/// The form without an encoding.
extension Column {
  public func append(rawTo target: inout ByteWriter) {
    target.append(self.type.rawValue)
    target.append(littleEndian: UInt32(self.count))
    target.append(littleEndian: UInt32(self.nullCount))
    self.append(nullsTo: &target)
    switch self.type {
    case .integer, .timestamp: Self.append(self.integers, to: &target)
    case .float: Self.append(self.floats, to: &target)
    case .string, .binary:
      Self.append(self.codes, to: &target)
      Self.append(self.offsets, to: &target)
      Self.append(self.bytes, to: &target)
    case .integers:
      Self.append(self.lists, to: &target)
      Self.append(self.integers, to: &target)
    case .strings:
      Self.append(self.lists, to: &target)
      Self.append(self.offsets, to: &target)
      Self.append(self.bytes, to: &target)
    }
  }

  private static func append<T: BitwiseCopyable>(_ values: [T], to target: inout ByteWriter) {
    target.append(littleEndian: UInt32(values.count))
    values.withUnsafeBytes { target.append(copying: $0) }
  }

  /// Reads a column from the start of `bytes` and says how many bytes it took.
  public static func read(
    raw bytes: UnsafeRawBufferPointer
  ) throws(ColumnError) -> (column: Column, byteCount: Int) {
    var reader = PayloadReader(bytes)
    guard let type = ColumnType(rawValue: try reader.byte()) else {
      throw ColumnError("a raw column of an unknown type")
    }
    var column = Column(type)
    column.count = Int(try reader.number(UInt32.self))
    let nulls = Int(try reader.number(UInt32.self))
    if nulls > 0 { try column.read(nulls: nulls, &reader) }
    switch type {
    case .integer, .timestamp: column.integers = try self.array(&reader)
    case .float: column.floats = try self.array(&reader)
    case .string, .binary:
      column.codes = try self.array(&reader)
      column.offsets = try self.array(&reader)
      column.bytes = try self.array(&reader)
    case .integers:
      column.lists = try self.array(&reader)
      column.integers = try self.array(&reader)
    case .strings:
      column.lists = try self.array(&reader)
      column.offsets = try self.array(&reader)
      column.bytes = try self.array(&reader)
    }
    if let problem = column.problem { throw ColumnError("a raw column with \(problem)") }
    return (column, reader.offset)
  }

  private static func array<T: BitwiseCopyable>(
    _ reader: inout PayloadReader
  ) throws(ColumnError) -> [T] {
    let count = Int(try reader.number(UInt32.self))
    let start = try reader.take(count * MemoryLayout<T>.stride)
    return [T](unsafeUninitializedCapacity: count) { target, filled in
      if count > 0 {
        UnsafeMutableRawBufferPointer(target).copyMemory(
          from: UnsafeRawBufferPointer(start: start, count: count * MemoryLayout<T>.stride))
      }
      filled = count
    }
  }

  /// What is wrong with arrays that were filled from outside; nil when they fit each other.
  public var problem: String? {
    switch self.type {
    case .integer, .timestamp: self.integers.count == self.count ? nil : "too few integers"
    case .float: self.floats.count == self.count ? nil : "too few floats"
    case .string, .binary: self.bytesProblem
    case .integers:
      Self.problem(self.lists, count: self.count, end: self.integers.count)
    case .strings:
      Self.problem(self.lists, count: self.count, end: self.offsets.count - 1)
        ?? Self.problem(self.offsets, count: self.offsets.count - 1, end: self.bytes.count)
    }
  }

  private var bytesProblem: String? {
    let entries = self.offsets.count - 1
    if let problem = Self.problem(self.offsets, count: entries, end: self.bytes.count) {
      return problem
    }
    if self.codes.isEmpty { return entries == self.count ? nil : "\(entries) entries" }
    guard self.codes.count == self.count else { return "\(self.codes.count) codes" }
    return self.codes.allSatisfy { Int($0) < entries } ? nil : "codes beyond the entries"
  }

  private static func problem(_ offsets: [UInt32], count: Int, end: Int) -> String? {
    guard count >= 0, offsets.count == count + 1, offsets[0] == 0 else { return "wrong offsets" }
    for index in 0..<count where offsets[index] > offsets[index + 1] { return "falling offsets" }
    return Int(offsets[count]) == end ? nil : "offsets that end elsewhere"
  }
}
