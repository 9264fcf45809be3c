/// A run of values of one type: what batches are made of and what scans give back.
///
/// Values lie in plain arrays, one per kind of content, so that kernels run over them without a call a
/// row. A null row holds 0, 0.0 or nothing there.
public struct Column: Sendable {
  public let type: ColumnType
  public internal(set) var count = 0
  public internal(set) var nullCount = 0
  /// One bit a row, set where it is null; empty while there are no nulls, and it may end early.
  var nulls: [UInt64] = []

  /// integer, timestamp: the rows. integers: the elements.
  public var integers: [Int64] = []
  /// float: the rows.
  public var floats: [Double] = []
  /// string, binary: when not empty, row → entry of (offsets, bytes).
  public var codes: [UInt32] = []
  /// string, binary: entry i is `bytes[offsets[i]..<offsets[i + 1]]`; strings: element i, the same.
  public var offsets: [UInt32] = []
  public var bytes: [UInt8] = []
  /// integers, strings: row i has the elements `lists[i]..<lists[i + 1]`.
  public var lists: [UInt32] = []

  public init(_ type: ColumnType) {
    self.type = type
    if type.isBytes || type == .strings { self.offsets = [0] }
    if type.isList { self.lists = [0] }
  }

  /// `count` nulls.
  public init(_ type: ColumnType, nulls count: Int) {
    self.init(type)
    self.appendNulls(count)
  }

  /// Whole arrays without a null.
  public init(integers: [Int64], _ type: ColumnType = .integer) {
    precondition(type.isInteger, "\(type) rows are not integers")
    self.init(type)
    self.count = integers.count
    self.integers = integers
  }

  public init(floats: [Double]) {
    self.init(.float)
    self.count = floats.count
    self.floats = floats
  }

  @inlinable public var hasNulls: Bool { self.nullCount > 0 }

  public func isNull(_ row: Int) -> Bool {
    guard self.nullCount > 0 else { return false }
    let word = row >> 6
    return word < self.nulls.count && self.nulls[word] >> UInt64(row & 63) & 1 != 0
  }

  mutating func markNull(_ row: Int) {
    let word = row >> 6
    while self.nulls.count <= word { self.nulls.append(0) }
    self.nulls[word] |= 1 << UInt64(row & 63)
    self.nullCount += 1
  }

  /// Memory of the values, roughly.
  public var byteCount: Int {
    self.integers.count * 8 + self.floats.count * 8 + self.codes.count * 4 + self.offsets.count * 4
      + self.bytes.count + self.lists.count * 4 + self.nulls.count * 8
  }

  /// Memory of the values when they have no more of a dictionary than they need.
  var rowByteCount: Int {
    let entries = self.offsets.count - 1
    guard entries > self.count, !self.codes.isEmpty else { return self.byteCount }
    let shared = self.bytes.count + entries * 4
    return self.byteCount - shared + shared / entries * self.count
  }
}

/// Reading by row.
extension Column {
  @inlinable public func integer(_ row: Int) -> Int64 { self.integers[row] }

  @inlinable public func float(_ row: Int) -> Double { self.floats[row] }

  /// Which entry of (offsets, bytes) a row has.
  @inlinable public func entry(_ row: Int) -> Int {
    self.codes.isEmpty ? row : Int(self.codes[row])
  }

  @inlinable public func entryRange(_ entry: Int) -> Range<Int> {
    Int(self.offsets[entry])..<Int(self.offsets[entry + 1])
  }

  public func withBytes<R>(_ row: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    let range = self.entryRange(self.entry(row))
    return try self.bytes.withUnsafeBytes {
      try body(UnsafeRawBufferPointer(rebasing: $0[range]))
    }
  }

  public func string(_ row: Int) -> String {
    self.withBytes(row) { String(decoding: $0, as: UTF8.self) }
  }

  public func byteArray(_ row: Int) -> [UInt8] {
    Array(self.bytes[self.entryRange(self.entry(row))])
  }

  public func listRange(_ row: Int) -> Range<Int> {
    Int(self.lists[row])..<Int(self.lists[row + 1])
  }

  public func integerList(_ row: Int) -> [Int64] { Array(self.integers[self.listRange(row)]) }

  public func stringList(_ row: Int) -> [String] {
    self.listRange(row).map { element in
      String(decoding: self.bytes[self.entryRange(element)], as: UTF8.self)
    }
  }
}
